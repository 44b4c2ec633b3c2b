"""The comparison finds what it is for: each test changes one thing in the pinned schema, and one path must be named.

Run with: python3 -m unittest discover -s nixos/tests/parity
"""

import copy
import json
import pathlib
import unittest

import acceptance
import extras
import published
import rules_order
import schema

PINNED = json.loads((pathlib.Path(__file__).parents[2] / "schema" / "config.json").read_text())


def found_after(change):
    changed = copy.deepcopy(PINNED)
    change(changed)
    return [
        path
        for path, _ in schema.differences(
            schema.canonical(PINNED["Config"], PINNED), schema.canonical(changed["Config"], changed), ("old", "new")
        )
    ]


class Differences(unittest.TestCase):
    def test_a_schema_equals_itself(self):
        self.assertEqual(found_after(lambda config: None), [])

    def test_a_new_key_is_named(self):
        def change(config):
            config["ServerConfig"]["properties"]["socket"] = {"type": "string"}

        self.assertEqual(found_after(change), ["server.socket"])

    def test_a_key_that_is_gone_is_named(self):
        def change(config):
            del config["Config"]["properties"]["username"]

        self.assertEqual(found_after(change), ["username"])

    def test_a_new_key_in_one_alternative_of_a_union_is_named(self):
        def change(config):
            config["McpRemoteConfig"]["properties"]["retries"] = {"type": "integer"}

        self.assertEqual(found_after(change), ["mcp.*.retries"])

    def test_a_new_enum_value_is_named(self):
        def change(config):
            config["LogLevel"]["enum"].append("TRACE")

        self.assertEqual(found_after(change), ["logLevel"])

    def test_a_bound_is_named(self):
        def change(config):
            config["Config"]["properties"]["subagent_depth"]["minimum"] = 1

        self.assertEqual(found_after(change), ["subagent_depth"])

    def test_an_object_that_opens_is_named(self):
        def change(config):
            config["ServerConfig"]["additionalProperties"] = {}

        self.assertEqual(found_after(change), ["server.*"])

    def test_an_open_object_that_closes_is_named(self):
        def change(config):
            config["ProviderConfig"]["properties"]["options"]["additionalProperties"] = False

        self.assertEqual(found_after(change), ["provider.*.options.*"])

    def test_a_key_that_becomes_required_is_named(self):
        def change(config):
            config["ServerConfig"]["required"] = ["port"]

        self.assertEqual(found_after(change), ["server"])

    def test_a_new_alternative_is_named(self):
        def change(config):
            config["Config"]["properties"]["autoupdate"]["anyOf"].append({"type": "integer"})

        self.assertEqual(found_after(change), ["autoupdate"])

    def test_a_kind_of_schema_that_is_not_known_is_refused(self):
        for unknown in ({"not": {"type": "string"}}, {"type": ["string", "null"]}, {"type": "string", "format": "uri"}):
            with self.subTest(unknown), self.assertRaises(schema.UnknownSchema):
                schema.canonical(unknown)

    def test_a_length_of_a_list_is_named(self):
        def change(config):
            config["ServerConfig"]["properties"]["cors"]["maxItems"] = 3

        self.assertEqual(found_after(change), ["server.cors"])


class Releases(unittest.TestCase):
    """What nixos/schema/update makes of what a server publishes."""

    FIXTURES = sorted((pathlib.Path(__file__).parents[1] / "schema").glob("*.json"))

    def test_the_schemas_of_older_releases_are_understood(self):
        self.assertEqual(len(self.FIXTURES), 2)
        for fixture in self.FIXTURES:
            with self.subTest(fixture.name):
                definitions = json.loads(fixture.read_text())
                paths = schema.option_paths(schema.canonical(definitions["Config"], definitions))
                self.assertIn("mcp.*.url", paths)
                self.assertIn("provider.*.models.*.limit.context", paths)

    def test_the_paths_are_those_of_options(self):
        paths = schema.option_paths(schema.canonical(PINNED["Config"], PINNED))
        self.assertIn("experimental.policies.*.effect", paths)
        self.assertIn("permission.bash", paths)
        # A map has no options of its own, nor has it one for the names that the schema tells.
        self.assertEqual({path for path in paths if path.endswith("*") or path.startswith("agent.build")}, set())

    def test_only_what_config_refers_to_is_taken_over(self):
        schemas = {"Config": {"$ref": "#/components/schemas/A"}, "A": {"type": "string"}, "B": {"type": "string"}}
        self.assertEqual(list(published.config_definitions({"components": {"schemas": schemas}})), ["A", "Config"])

    def test_a_server_that_publishes_no_config_is_refused(self):
        with self.assertRaises(schema.UnknownSchema):
            published.config_definitions({"components": {"schemas": {"Auth": {}}}})


class Extras(unittest.TestCase):
    def test_an_extra_that_is_no_option_any_more_is_named(self):
        _, stale = extras.without_known(schema.option_paths(schema.canonical(PINNED["Config"], PINNED)))
        self.assertEqual(sorted(path for path, _ in stale), sorted(extras.KNOWN_EXTRAS))


class Acceptance(unittest.TestCase):
    def test_a_key_without_a_value_is_named(self):
        tree = schema.canonical(PINNED["ServerConfig"], PINNED)
        self.assertEqual(
            acceptance.unused_paths(tree, {"port": 1, "hostname": "", "cors": [], "mdns": True}), ["mdnsDomain"]
        )

    def test_a_value_that_comes_back_different_or_not_at_all_is_named(self):
        lost = acceptance.missing({"a": {"b": 1}, "c": [1]}, {"a": {}, "c": [2], "d": 3})
        self.assertEqual([path for path, _ in lost], ["a.b", "c"])


class RulesOrder(unittest.TestCase):
    def test_rules_in_another_order_or_with_others_between_are_no_run(self):
        self.assertTrue(rules_order.has_run([0, 1, 2, 3], [1, 2]))
        self.assertFalse(rules_order.has_run([0, 2, 1, 3], [1, 2]))
        self.assertFalse(rules_order.has_run([1, 0, 2], [1, 2]))
        self.assertFalse(rules_order.has_run([], [1]))


if __name__ == "__main__":
    unittest.main()
