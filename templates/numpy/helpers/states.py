def _states(group, table, suffix=""):
    """Where each state of a table lives: by its name, the group and the attribute."""
    states = {}
    for word in _words(table):
        name, _, attribute = word.partition("=")[0].partition("/")
        attribute = attribute or name.rpartition("~")[2].replace(".", "_")
        states[name.replace("~", "") + suffix] = group, attribute
    return states
