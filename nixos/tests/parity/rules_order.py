"""Does the server go by rules in the order that a list declares them in?"""

import server


def out_of_order(binary, text, declared):
    """Starts the server with the file `text`; yields (path, text) for each agent of `declared` with other rules than those."""
    with server.running(binary, text) as get:
        agents = {agent["name"]: agent["permission"] for agent in get("/agent")}
    for name, rules in declared.items():
        if not has_run(agents.get(name, []), rules):
            yield f"agent.{name}", f"declared as {rules!r}, answered as {agents.get(name)!r}"


def has_run(rules, run):
    """Are these rules among others, one right after the other? The server's own come before and after them."""
    return any(rules[start : start + len(run)] == run for start in range(len(rules) - len(run) + 1))
