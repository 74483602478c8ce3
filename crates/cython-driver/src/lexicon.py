# Makes Cython's table of tokens in less than half of the time. This goes in front of `worker.py`.
#
# The scanner is a deterministic automaton, and some of its states have one entry for each of 150,000 letters of the world.
# `Cython.Plex.DFA.nfa_to_dfa` makes these entries one by one, for each state again; nothing else takes as long in importing
# Cython's compiler. Here it is the same construction with the same result, but the letters of one state are copied to the next.
# It is trusted only after both have made the same of a small automaton, and whatever is odd is left to the original.
from bisect import bisect_right

# Plex's infinity, in ranges of characters.
INFINITY = 2**31 - 1

# More ranges beyond ASCII than this are the letters of the world.
MANY_RANGES = 16


def characters(ranges):
    return [character for first, end in ranges for character in map(chr, range(first, end))]


def difference(ranges, others):
    """What is in sorted ranges and not in other sorted ranges."""
    ends, rest = [end for _, end in others], []
    for first, end in ranges:
        at = bisect_right(ends, first)
        while at < len(others) and others[at][0] < end:
            if first < others[at][0]:
                rest.append((first, others[at][0]))
            first = others[at][1]
            at += 1
        if first < end:
            rest.append((first, end))
    return rest


class Letters:
    """Transitions on many characters to a state, made from those that other states of the automaton have."""

    def __init__(self):
        # By the number of the state that they lead to.
        self.known = {}

    def table(self, ranges, target):
        number = target["number"]
        covered, table = self.known.get(number, ([], {}))
        if not table or difference(covered, ranges):
            for covered, other in self.known.values():
                if not difference(covered, ranges):
                    table = dict.fromkeys(other, target)
                    break
            else:
                covered, table = [], {}
        missing = difference(ranges, covered)
        if missing:
            added = dict.fromkeys(characters(missing), target)
            table = {**table, **added} if table else added
        self.known[number] = ranges, table
        return table


def deterministic(machine, automaton, empty_map):
    """Fills an empty deterministic automaton with what a nondeterministic machine accepts."""
    letters, known, sources, closures, moves = Letters(), {}, [], {}, {}

    def closure(node):
        """The nodes that are reached from one without reading anything."""
        if node not in closures:
            found, waiting = set(), [node]
            while waiting:
                reached = waiting.pop()
                if reached not in found:
                    found.add(reached)
                    waiting.extend(reached.transitions.get_epsilon() or ())
            closures[node] = found
        return closures[node]

    def moves_from(node):
        if node not in moves:
            moves[node] = [
                (event, set().union(*map(closure, targets)))
                for event, targets in node.transitions.items() if event and targets
            ]
        return moves[node]

    def state_of(nodes):
        key = frozenset(nodes)
        if key not in known:
            best = max(nodes, key=lambda node: node.action_priority, default=None)
            known[key] = automaton.new_state(None if best is None else best.action)
            sources.append(key)
        return known[key]

    for name, node in machine.initial_states.items():
        automaton.make_initial_state(name, state_of(closure(node)))
    # The list grows meanwhile.
    for index, state in enumerate(automaton.states):
        transitions, beyond = empty_map(), {}
        for node in sources[index]:
            for event, targets in moves_from(node):
                transitions.add_set(event, targets)
        for event, targets in transitions.items():
            target = state_of(targets)
            if type(event) is not tuple:
                state[event] = target
                continue
            first, end = event
            if first == -INFINITY:
                state["else"] = target
            elif end == INFINITY:
                pass  # The same again.
            elif first < 128:
                state.update(dict.fromkeys(characters([event]), target))
            else:
                _, ranges = beyond.setdefault(target["number"], (target, []))
                if ranges and ranges[-1][1] == first:
                    first = ranges.pop()[0]
                ranges.append((first, end))
        for target, ranges in beyond.values():
            if len(ranges) < MANY_RANGES:
                state.update(dict.fromkeys(characters(ranges), target))
                continue
            # An empty dictionary takes over the other one as it is.
            table, rest = letters.table(ranges, target), dict(state)
            state.clear()
            state.update(table)
            state.update(rest)
    return automaton


def are_equal(one, other):
    """Whether two deterministic automata are the same, but for the numbers and the order of their states."""
    pairs, waiting = {}, []

    def pair(state, twin):
        if id(state) not in pairs:
            pairs[id(state)] = id(twin)
            waiting.append((state, twin))
        return pairs[id(state)] == id(twin)

    def same(key, value, twin):
        if key == "number":
            return type(value) is type(twin) is int
        return pair(value, twin) if isinstance(value, dict) and isinstance(twin, dict) else value is twin

    if one.initial_states.keys() != other.initial_states.keys() or len(one.states) != len(other.states):
        return False
    if not all(pair(state, other.initial_states[name]) for name, state in one.initial_states.items()):
        return False
    while waiting:
        state, twin = waiting.pop()
        if state.keys() != twin.keys() or not all(same(key, value, twin[key]) for key, value in state.items()):
            return False
    return len(set(pairs.values())) == len(pairs) == len(one.states)


def hasten_lexicon():
    """Replaces the function of Cython by ours, if that does the same. Before the compiler is imported."""
    from Cython import Plex
    from Cython.Plex import DFA
    from Cython.Plex.Machines import FastMachine
    from Cython.Plex.Transitions import TransitionMap

    original, verdicts = DFA.nfa_to_dfa, []

    def ours(machine):
        return deterministic(machine, FastMachine(), TransitionMap)

    def compare(machine, *rest, **named):
        automaton = original(machine, *rest, **named)
        verdicts.append(are_equal(ours(machine), automaton))
        return automaton

    def nfa_to_dfa(machine, debug=None):
        try:
            return original(machine, debug) if debug else ours(machine)
        except Exception:
            return original(machine, debug)

    first = "".join(map(chr, range(0x100, 0x140, 2)))
    more = first + "".join(map(chr, range(0x141, 0x160, 3)))
    name = Plex.Any("_ab" + first) + Plex.Rep(Plex.Any("_ab1" + more))
    text = Plex.Rep(Plex.AnyBut("'\\\n") | Plex.Str("\\") + Plex.AnyChar)
    DFA.nfa_to_dfa = compare
    try:
        Plex.Lexicon([
            (name, "name"),
            (Plex.Any("bB") + Plex.Opt(Plex.Any("rR")) + Plex.Str("'"), Plex.Begin("text")),
            (Plex.NoCase(Plex.Str("if", "or", "<", "<=")), Plex.TEXT),
            (Plex.Rep1(Plex.Range("09")) + Plex.Opt(Plex.Str(".") + name), "number"),
            (Plex.Bol + Plex.Rep(Plex.Any(" \t")) + Plex.Str("#") + Plex.Rep(Plex.AnyBut("\n")), Plex.IGNORE),
            (Plex.Eol, "end"),
            (Plex.Eof, "over"),
            Plex.State("text", [(text + Plex.Str("'"), Plex.Begin("")), (Plex.Any("\n" + more), "bad"), (Plex.Eof, "bad")]),
        ])
    finally:
        DFA.nfa_to_dfa = nfa_to_dfa if verdicts == [True] else original
