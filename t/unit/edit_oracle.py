#!/usr/bin/env python3
"""
Another opinion on what an edit of a JSON text gives, for edit_oracle_test.c.

Makes random texts and edits, and edits the texts as docs/transformation.md has
it: by a tree of tokens with their places in the text, of which each container
is put together anew.  Where a text has no name twice and there is one edit,
the value that Python's own json reads from the result is compared, too.

Usage: edit_oracle.py SEED COUNT

Writes, for each case, strings as LENGTH:BYTES: the outcome ("ok", "bad" or
"clash"), the number of edits, of each its kind, path, to and value, the text,
and what it becomes.  Exit codes: 0 all written, 1 it is of two opinions.
"""

import json
import random
import re
import sys

STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.S)
SCALAR = re.compile(rb'-?[0-9][0-9.eE+-]*|true|false|null')
SPACE = re.compile(rb'[ \t\n\r]*')

NAMES = ['a', 'b', 'c', 'd', 'id', '', '0', '1', '2', '10', '01', '-', '~', 'a/b', 'm~n',
         'caf\u00e9', '\u20ac', '\U0001f600', '\U00020bb7', 'quo"te', 'back\\slash',
         'nul\0', 'tab\t', 'longer than eight', 'x' * 70, 'A', 'ab', 'ba', ' ', '~1', '\x7f']
NUMBERS = [b'0', b'-0', b'1', b'1.10', b'1e400', b'18446744073709551616', b'-1.5E-7', b'0.0',
           b'123456789012345678901234567890', b'1E+2', b'10', b'-12', b'3.14159', b'0e0']
KINDS = ['add', 'replace', 'remove', 'default', 'rename', 'move', 'copy']


# ---- the text as a tree

class Item:
    """A member or an element; an element's name is None."""

    def __init__(self, start, name, name_end, value):
        self.start, self.name, self.name_end, self.value = start, name, name_end, value
        self.end = value.end


class Value:
    def __init__(self, kind, start):
        self.kind, self.start, self.end, self.items = kind, start, start, []


def parse(text):
    def space(i):
        return SPACE.match(text, i).end()

    def value(i):
        c = text[i:i + 1]

        if c == b'"':
            v = Value('scalar', i)
            v.end = STRING.match(text, i).end()
        elif c not in (b'{', b'['):
            v = Value('scalar', i)
            v.end = SCALAR.match(text, i).end()
        else:
            v = Value('object' if c == b'{' else 'array', i)
            i = space(i + 1)

            while text[i:i + 1] not in (b'}', b']'):
                start, name, name_end = i, None, None

                if v.kind == 'object':
                    name_end = STRING.match(text, i).end()
                    name = json.loads(text[i:name_end].decode())
                    i = space(space(name_end) + 1)

                v.items.append(Item(start, name, name_end, value(i)))
                i = space(v.items[-1].end)

                if text[i:i + 1] == b',':
                    i = space(i + 1)

            v.end = i + 1

        return v

    return value(space(0))


# ---- places

def steps(pointer):
    return [s.replace('~1', '/').replace('~0', '~') for s in pointer.split('/')[1:]]


def index(step):
    return int(step) if re.fullmatch('0|[1-9][0-9]{0,8}', step) else None


def containers(top, path):
    """Each container that has, or could have, what the last step names."""
    at = [top]

    for step in path:
        at = [item.value for v in at for item in found(v, step)]

    return at


def found(v, step):
    if v.kind == 'object':
        return [item for item in v.items if item.name == step]

    n = index(step) if v.kind == 'array' else None
    return [] if n is None else v.items[n:n + 1]


# ---- what cannot be together

def within(p, q):
    return p[:len(q)] == q


def uses(op):
    """(place, how) of an edit: w writes, n only the name, e the array's end, r reads."""
    kind, path, to = op[0], steps(op[1]), op[2]
    end = lambda p: 'e' if p and p[-1] == '-' else 'w'

    if kind == 'add':
        return [(path, end(path))]
    if kind == 'rename':
        return [(path, 'n'), (path[:-1] + [to], 'w')]
    if kind in ('move', 'copy'):
        return [(path, 'w' if kind == 'move' else 'r'), (steps(to), end(steps(to)))]
    return [(path, 'w')]


def clash(ops):
    for kind, pointer, to, _ in ops:
        path = steps(pointer)

        if not path and kind in ('remove', 'default', 'rename'):
            return True
        if kind == 'rename' and path[-1] == to:
            return True
        if kind in ('move', 'copy') and within(steps(to), path):
            return True
        if kind == 'move' and within(path, steps(to)):
            return True

    for i, one in enumerate(ops):
        for other in ops[:i]:
            for p, pu in uses(one):
                for q, qu in uses(other):
                    if pu == 'r' or qu == 'r':
                        if (pu != qu and p != q
                                and (within(q, p) if pu == 'r' else within(p, q))):
                            return True
                    elif p == q:
                        if pu != 'e' or qu != 'e':
                            return True
                    elif within(p, q) and qu != 'n' or within(q, p) and pu != 'n':
                        return True

    return False


# ---- the edits

def edited(text, ops):
    top = parse(text)
    gone, named, valued, before, behind = set(), {}, {}, {}, {}

    def put(order, place, value):
        """1: there is a place for it."""
        lands = False

        if not place:
            valued[id(top)] = value
            return True

        for v in containers(top, place[:-1]):
            step, here = place[-1], found(v, place[-1])

            if v.kind == 'object' and step != '-':
                for item in here:
                    valued[id(item.value)] = value
                if not here:
                    behind.setdefault(id(v), []).append((1, order, step, value))
                lands = True

            elif v.kind == 'array':
                if here:
                    before.setdefault(id(here[0]), []).append(value)
                elif step == '-' or index(step) == len(v.items):
                    behind.setdefault(id(v), []).append((step == '-', order, None, value))
                else:
                    continue
                lands = True

        return lands

    for order, (kind, pointer, to, new) in enumerate(ops):
        path = steps(pointer)
        parents = containers(top, path[:-1]) if path else []
        items = [item for v in parents for item in found(v, path[-1])]

        if kind == 'add':
            put(order, path, new)

        elif kind == 'replace':
            for item in items:
                valued[id(item.value)] = new
            if not path:
                valued[id(top)] = new

        elif kind == 'remove':
            gone.update(id(item) for item in items)

        elif kind == 'default':
            for v in parents:
                if v.kind == 'object' and not found(v, path[-1]):
                    behind.setdefault(id(v), []).append((1, order, path[-1], new))

        elif kind == 'rename':
            for v in parents:
                if v.kind == 'object' and found(v, path[-1]):
                    named.update((id(item), to) for item in found(v, path[-1]))
                    gone.update(id(item) for item in found(v, to))

        elif items:
            value = text[items[-1].value.start:items[-1].value.end]
            if put(order, steps(to), value) and kind == 'move':
                gone.update(id(item) for item in items)

    def literal(name):
        out = ''

        for c in name:
            if c in '"\\':
                out += '\\' + c
            elif c == '\n':
                out += '\\n'
            elif c < ' ' or c == '\x7f':
                out += '\\u%04x' % ord(c)
            else:
                out += c

        return b'"' + out.encode() + b'"'

    def value(v):
        if id(v) in valued:
            return valued[id(v)]
        if v.kind == 'scalar':
            return text[v.start:v.end]

        out, gap, any_stays = text[v.start:v.start + 1], b'', False
        end = v.start + 1

        for n, item in enumerate(v.items):
            gap, end = text[end:item.start], item.end

            if n == 0:
                out += gap
            if id(item) in gone:
                continue
            if any_stays:
                out += gap

            any_stays = True

            for new in before.get(id(item), []):
                out += new + b','
            if item.name is not None:
                out += (literal(named[id(item)]) if id(item) in named
                        else text[item.start:item.name_end])
                out += text[item.name_end:item.value.start]

            out += value(item.value)

        more = [(literal(name) + b':' if name is not None else b'') + new
                for _, _, name, new in sorted(behind.get(id(v), []), key=lambda b: b[:2])]

        return out + b','.join(([b''] if any_stays and more else []) + more) + text[end:v.end]

    return text[:top.start] + value(top) + text[top.end:]


# ---- the same for values instead of texts, of one edit

def at(doc, path):
    for step in path:
        doc = doc[key(doc, step)]

    return doc


def key(doc, step):
    """What Python asks for it by; a list knows no None."""
    if not isinstance(doc, (dict, list)):
        raise TypeError

    return step if isinstance(doc, dict) else index(step)


def added(doc, path, new):
    if not path:
        return new

    parent = at(doc, path[:-1])
    step = key(parent, path[-1])

    if isinstance(parent, list):
        if path[-1] == '-':
            step = len(parent)
        elif step > len(parent):
            raise LookupError
        parent.insert(step, new)
    elif step != '-':
        parent[step] = new
    else:
        raise LookupError

    return doc


def meant(doc, op):
    """Raises LookupError, TypeError or ValueError where there is nothing to do."""
    kind, path, to, new = op[0], steps(op[1]), op[2], op[3]

    if kind == 'add' or not path:
        return added(doc, path, json.loads(new))

    parent = at(doc, path[:-1])
    step = key(parent, path[-1])

    if kind == 'default':
        if isinstance(parent, dict):
            parent.setdefault(step, json.loads(new))
        return doc

    value = parent[step]

    if kind == 'copy':
        return added(doc, steps(to), json.loads(json.dumps(value)))

    if kind == 'replace':
        parent[step] = json.loads(new)
    elif kind == 'remove':
        del parent[step]
    elif kind == 'rename':
        if isinstance(parent, dict):
            parent[to] = parent.pop(step)
    else:
        # what moves goes last, so that all numbers are those of before

        parent[step] = going = object()
        added(doc, steps(to), value)

        if isinstance(parent, dict):
            del parent[step]
        else:
            parent[:] = [v for v in parent if v is not going]

    return doc


# ---- chance

class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def space(self):
        r = self.r
        if r.random() < self.dense:
            return b''
        return r.choice([b'', b' ', b'\n', b'\r\n', b'\t', b'  ', b'\n    ', b' ' * 9])

    def string(self, s):
        """One of the ways to spell it."""
        r, out = self.r, b''

        for c in s:
            short = {'"': b'\\"', '\\': b'\\\\', '\n': b'\\n', '\t': b'\\t', '/': b'\\/'}.get(c)

            if r.random() < 0.12 or (c < ' ' and short is None):
                units = c.encode('utf-16-be').hex()
                for i in range(0, len(units), 4):
                    unit = units[i:i + 4]
                    out += b'\\u' + (unit.upper() if r.random() < 0.5 else unit).encode()
            elif short and (c != '/' or r.random() < 0.3):
                out += short
            else:
                out += c.encode()

        return b'"' + out + b'"'

    def scalar(self):
        r = self.r
        kind = r.random()

        if kind < 0.35:
            return r.choice(NUMBERS)
        if kind < 0.5:
            return r.choice([b'true', b'false', b'null'])
        if kind < 0.55:
            return r.choice([b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\uD83D\\uDE00"', b'"\\b\\f"'])
        return self.string(r.choice(NAMES + ['some text',
                                             'more \u4e2d\u6587 text' * r.randint(1, 3)]))

    def text(self, depth, scalars=0.3):
        r = self.r

        if depth == 0 or r.random() < scalars:
            return self.scalar()

        parts = []

        for _ in range(r.choice([0, 1, 1, 2, 2, 3, 3, 4, 5])):
            parts.append(self.text(depth - 1))

        if r.random() < 0.65:
            names = self.names
            parts = [self.string(r.choice(names)) + self.space() + b':' + self.space() + p
                     for p in parts]
            brackets = b'{', b'}'
        else:
            brackets = b'[', b']'

        return (brackets[0] + self.space()
                + (self.space() + b',' + self.space()).join(parts) + self.space() + brackets[1])

    def pointer(self, top):
        """Mostly to what is there, or next to it."""
        r, at, out = self.r, top, []

        while True:
            if not at.items or r.random() < 0.3 and out:
                break
            n = r.randrange(len(at.items))
            out.append(at.items[n].name if at.kind == 'object' else str(n))
            at = at.items[n].value

        kind = r.random()

        if kind < 0.3:
            out.append(r.choice(self.names + ['-', '0', '1', str(len(at.items))]))
        elif kind < 0.4 and out:
            out[-1] = r.choice(self.names + ['-', '0', '1', '2', '3'])
        elif kind < 0.42:
            out = []

        return ''.join('/' + s.replace('~', '~0').replace('/', '~1') for s in out[:30])

    def op(self, top):
        r = self.r
        kind = r.choice(KINDS)
        to, new = '', b''

        if kind in ('move', 'copy'):
            to = self.pointer(top)
        elif kind == 'rename':
            to = r.choice(self.names)
        elif kind != 'remove':
            new = self.text(r.choice([0, 0, 1]))

        return kind, self.pointer(top), to, new

    def case(self):
        r = self.r
        self.dense = r.choice([0.5, 0.9, 1])
        self.names = r.sample(NAMES, r.randint(2, 8))
        text = self.space() + self.text(r.choice([1, 2, 3, 3, 4]), 0.05) + self.space()

        if r.random() < 0.03:
            text = b'[' + b','.join([text] * r.randint(5, 30)) + b']'

        top = parse(text)
        clashing = r.random() < 0.05
        ops = []

        for _ in range(r.choice([1, 1, 1, 2, 3, 4, 6, 9])):
            op = self.op(top)
            if clashing or not clash(ops + [op]):
                ops.append(op)

        return text, ops or [('remove', '/a', '', b'')]

    def spoilt(self, text):
        r = self.r
        i = r.randrange(len(text) + 1)
        byte = bytes([r.choice([0x22, 0x5c, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d, 0x20, 0x30, 0x2d,
                                0x2e, 0x65, 0, 9, 0x1f, 0x75, 0x80, 0xc3, 0xed, 0xf4, 0xff,
                                r.randrange(256)])])

        return r.choice([text[:i] + byte + text[i:], text[:i] + text[i + 1:],
                         text[:i] + byte + text[i + 1:], text[:i]])


def is_valid(text):
    def constant(_):
        raise ValueError

    try:
        json.loads(text.decode(), parse_constant=constant)
        return True
    except ValueError:
        return False


def has_double(v):
    names = [item.name for item in v.items if item.name is not None]
    return len(names) != len(set(names)) or any(has_double(item.value) for item in v.items)


def agrees(text, op, result):
    if has_double(parse(text)):
        return True

    try:
        want = meant(json.loads(text.decode()), op)
    except (LookupError, TypeError, ValueError):
        want = json.loads(text.decode())

    return json.loads(result.decode()) == want


def main(seed, count):
    maker = Maker(seed)
    out = sys.stdout.buffer

    def write(s):
        out.write(b'%d:%s' % (len(s), s))

    for n in range(count):
        text, ops = maker.case()

        if maker.r.random() < 0.1:
            text = maker.spoilt(text)

        outcome, result = 'ok', b''

        if clash(ops):
            outcome = 'clash'
        elif not is_valid(text):
            outcome = 'bad'
        else:
            result = edited(text, ops)

            if not is_valid(result) or (len(ops) == 1 and not agrees(text, ops[0], result)):
                sys.exit('of two opinions: case %d: %r %r %r' % (n, text, ops, result))

        write(outcome.encode())
        write(b'%d' % len(ops))

        for kind, path, to, new in ops:
            write(kind.encode())
            write(path.encode())
            write(to.encode())
            write(new)

        write(text)
        write(result)


if __name__ == '__main__':
    main(int(sys.argv[1]), int(sys.argv[2]))
