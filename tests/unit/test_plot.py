"""Plots in block characters."""

from deploy.cli.plot import HEIGHT_LINES, plotted


def test_the_greatest_value_fills_the_height_and_the_least_shows() -> None:
    assert plotted([0, 1, 1_000], ["a", "", "b"], columns=80) == [
        "1,000 ┤      ███",
        *["      ┤      ███"] * (HEIGHT_LINES - 2),
        "    0 ┤   ▁▁▁███",
        "       a     b",
    ]


def test_a_long_series_is_put_together_to_fit() -> None:
    lines = plotted([1.0] * 100, [""] * 100, columns=30)
    assert max(map(len, lines)) <= 30
    assert lines[0].startswith("4 ┤")
    lines = plotted([1.0] * 100, [""] * 100, columns=30, merged=max)
    assert lines[0].startswith("1 ┤")


def test_marks_that_would_touch_are_left_out() -> None:
    axis = plotted([1] * 6, ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"], columns=80)[-1]
    assert axis.split() == ["00:00", "02:00", "04:00"]


def test_nothing_is_plotted_as_nothing() -> None:
    assert plotted([0, 0], ["", ""], columns=80) == ["0 ┤", "  ┤", "  ┤", "  ┤", "0 ┤", "   "]
