"""Bars as SVG: the guard's CPU time for a query as a part of HAProxy's, cell by cell."""

WIDTH, LEFT, TOP, ROW = 760, 150, 70, 26
FULL = WIDTH - LEFT - 70  # a ratio of LARGEST
LARGEST = 1.5


def bar(y, ratio, label):
    length = min(ratio, LARGEST) / LARGEST * FULL
    colour = "#2f7d4f" if ratio <= 1 else "#b5532d"
    return (f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{label}</text>'
            f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="17" fill="{colour}"/>'
            f'<text x="{LEFT + length + 6:.1f}" y="{y + 13}">{ratio:.2f}</text>')


def bars(summary):
    height = TOP + ROW * len(summary) + 30
    haproxy = LEFT + FULL / LARGEST
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             f'font-family="sans-serif" font-size="13" fill="#222">',
             f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
             '<text x="16" y="26" font-size="16">CPU time for a query: schemaguard, every statement inspected, '
             'against HAProxy in TCP mode</text>',
             f'<text x="{haproxy:.1f}" y="{TOP - 14}" text-anchor="middle">HAProxy = 1</text>']
    for index, cell in enumerate(summary):
        lines.append(bar(TOP + ROW * index, cell["guard_to_haproxy"], f"{cell['workload']}, {cell['connections']} conn."))
    lines.append(f'<line x1="{haproxy:.1f}" x2="{haproxy:.1f}" y1="{TOP - 8}" y2="{height - 22}" stroke="#555" '
                 'stroke-dasharray="4 3"/>')
    return "\n".join([*lines, "</svg>", ""])
