def _states(group, table, suffix=""):
    """Where each state of a table lives: by its name, the group and the attribute."""
    states = {}
    for word in _words(table):
        name, _, attribute = word.partition("=")[0].partition("/")
        states[name + suffix] = group, attribute or name.replace(".", "_")
    return states
