"""Line plots with logarithmic axes as SVG."""

import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 400, 70, 150, 52, 50
COLOURS = ("#1b6ca8", "#c0392b", "#27823b", "#8e44ad", "#b9770e", "#444444")


def _decades(values):
    return math.floor(math.log10(min(values))), max(math.ceil(math.log10(max(values))), math.floor(math.log10(min(values))) + 1)


def _label(exponent):
    return f"{10 ** exponent:,}" if 0 <= exponent <= 7 else f"1e{exponent}"


def save(path, title, x_name, y_name, lines):
    """`lines`: name → [(x, y)], all above 0."""
    lines = {name: points for name, points in lines.items() if points}
    low_x, high_x = _decades([x for points in lines.values() for x, _ in points])
    low_y, high_y = _decades([y for points in lines.values() for _, y in points])
    at_x = lambda x: LEFT + (math.log10(x) - low_x) / (high_x - low_x) * (WIDTH - LEFT - RIGHT)
    at_y = lambda y: HEIGHT - BOTTOM - (math.log10(y) - low_y) / (high_y - low_y) * (HEIGHT - TOP - BOTTOM)
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{LEFT}" y="22" font-size="15">{title}</text>',
           f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{x_name}</text>',
           f'<text x="8" y="{TOP - 14}">{y_name}</text>']
    for exponent in range(low_x, high_x + 1):
        x = at_x(10.0 ** exponent)
        svg.append(f'<line x1="{x}" y1="{TOP}" x2="{x}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>'
                   f'<text x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{_label(exponent)}</text>')
    for exponent in range(low_y, high_y + 1):
        y = at_y(10.0 ** exponent)
        svg.append(f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{_label(exponent)}</text>')
    for (name, points), colour, row in zip(lines.items(), COLOURS, range(len(lines))):
        path_points = " ".join(f"{at_x(x):.1f},{at_y(y):.1f}" for x, y in sorted(points))
        svg.append(f'<polyline points="{path_points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        svg += [f'<circle cx="{at_x(x):.1f}" cy="{at_y(y):.1f}" r="3" fill="{colour}"/>' for x, y in points]
        svg.append(f'<text x="{WIDTH - RIGHT + 10}" y="{TOP + 14 + 18 * row}" fill="{colour}">{name}</text>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(svg + ["</svg>\n"]))
