"""What the four ledgers must say of each other.

Numbers, all counted since the beginning:

  journal   opened, served, refused_upstream, aborted, interrupted, open
  totals    the four outcomes, summed over gate:u of Redis
  epochs    the same, summed over gate:e
  client    see client.py
  service   executed, ids: how often, and how many different ones
  log       lines of metered requests in the access log, ids in them
  kills     workers that were killed
"""

import copy

OUTCOMES = ('served', 'refused_upstream', 'aborted', 'interrupted')


def outcomes(side):
    return sum(side[o] for o in OUTCOMES)


def laws(n):
    """[(law, does it hold, the numbers)]"""

    j, c, s, log = n['journal'], n['client'], n['service'], n['log']
    unknown = c['cut'] + c['none'] + c['left']
    out = []

    def law(name, left, relation, right):
        holds = left == right if relation == '=' else left <= right
        out.append((name, holds, '%d %s %d' % (left, relation, right)))

    law('nothing is open any more', j['open'], '=', 0)
    law('slots opened = the sum of outcomes',
        j['opened'], '=', outcomes(j))

    for o in OUTCOMES:
        law('%s: journal = totals in Redis' % o, j[o], '=', n['totals'][o])
        law('%s: totals = epochs in Redis' % o,
            n['totals'][o], '=', n['epochs'][o])

    law('slots opened <= requests sent', j['opened'], '<=',
        c['sent'] - c['refused'])
    law('whole answers of the service <= served + interrupted',
        c['service'], '<=', j['served'] + j['interrupted'])
    law('served <= whole answers of the service + unknown',
        j['served'], '<=', c['service'] + unknown)
    law('served <= executed', j['served'], '<=', s['ids'])
    law('whole answers of the gate for lack of one <= '
        'refused upstream + interrupted',
        c['upstream'], '<=', j['refused_upstream'] + j['interrupted'])
    law('refused upstream <= those answers + unknown',
        j['refused_upstream'], '<=', c['upstream'] + unknown)
    law('aborted <= unknown', j['aborted'], '<=', unknown)
    law('executed <= slots opened', s['ids'], '<=', j['opened'])
    law('whole answers are of executed requests', n['answered_not_run'],
        '=', 0)
    law('usage ids are unique', log['lines'], '=', log['ids'])
    law('metered lines of the log <= slots opened', log['lines'], '<=',
        j['opened'])
    law('slots opened <= metered lines + interrupted + one per kill',
        j['opened'], '<=', log['lines'] + j['interrupted'] + n['kills'])

    return out


def broken(n):
    return [name for name, holds, _ in laws(n) if not holds]


def planted(n):
    """[(what is wrong, numbers that say so)] for numbers that are right"""

    out = []

    def plant(what, *changes):
        m = copy.deepcopy(n)

        for side, key, by in changes:
            m[side][key] += by

        out.append((what, m))

    for o in OUTCOMES:
        plant('%s twice in the totals' % o, ('totals', o, 1))
        plant('%s twice in the epochs' % o, ('epochs', o, 1))
        plant('%s twice in all of Redis' % o,
              ('totals', o, 1), ('epochs', o, 1))
        plant('%s twice in the journal' % o, ('journal', o, 1))
        plant('%s twice everywhere' % o, ('journal', o, 1),
              ('totals', o, 1), ('epochs', o, 1))
        plant('%s lost in Redis' % o, ('totals', o, -1), ('epochs', o, -1))
        plant('%s lost everywhere' % o, ('journal', o, -1),
              ('totals', o, -1), ('epochs', o, -1))

    plant('an open slot is forgotten', ('journal', 'opened', 1))

    # consistent in itself: only client, service and log can tell

    unknown = n['client']['cut'] + n['client']['none'] + n['client']['left']
    many = unknown + n['kills'] + n['journal']['interrupted'] + 1

    plant('requests billed that nobody made',
          *[(side, 'served', many) for side in ('journal', 'totals',
                                                'epochs')],
          ('journal', 'opened', many))
    plant('requests never opened',
          *[(side, 'served', -many) for side in ('journal', 'totals',
                                                 'epochs')],
          ('journal', 'opened', -many))
    plant('a usage id twice', ('log', 'ids', -1))

    return out


def table(n):
    """side by side, for people"""

    j, c, s = n['journal'], n['client'], n['service']

    rows = [('', 'journal', 'Redis', 'epochs', 'client', 'service')]

    def row(name, *cells):
        rows.append((name,) + cells)

    row('opened / sent / executed', j['opened'], outcomes(n['totals']),
        outcomes(n['epochs']), c['sent'], s['executed'])
    row('served', j['served'], n['totals']['served'], n['epochs']['served'],
        c['service'], s['ids'])
    row('refused upstream', j['refused_upstream'],
        n['totals']['refused_upstream'], n['epochs']['refused_upstream'],
        c['upstream'], '')
    row('aborted / cut, none, left', j['aborted'], n['totals']['aborted'],
        n['epochs']['aborted'],
        '%d, %d, %d' % (c['cut'], c['none'], c['left']), '')
    row('interrupted', j['interrupted'], n['totals']['interrupted'],
        n['epochs']['interrupted'], '', '')
    row('refused by the gate', '', '', '', c['refused'], '')

    return ['%-27s %9s %9s %9s %16s %9s' % r for r in rows]
