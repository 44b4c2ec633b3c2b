"""What a server publishes of its configuration."""

from schema import UnknownSchema


def config_definitions(openapi):
    """The Config schema and all it refers to, out of the server's API description."""
    schemas, wanted, found = openapi["components"]["schemas"], ["Config"], {}
    if "Config" not in schemas:
        raise UnknownSchema(f"this server publishes no Config schema, only {', '.join(sorted(schemas)) or 'nothing'}")

    def references(node):
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"].rsplit("/", 1)[1]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = schemas[name]
            wanted += references(schemas[name])
    return dict(sorted(found.items()))
