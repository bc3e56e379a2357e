"""What the network is told of a damage, and where on the timeline that puts the picture."""

import math

import pytest

from restorer.degradation.facts import UNKNOWN_SIGMA, Facts


def test_nothing_known_is_told_as_such():
    told = Facts().vector()
    assert told.shape == (Facts.COUNT,)
    assert told[0] == 1
    assert told[-1] == 1
    assert not told[1:-1].any()
    assert Facts().sigma == UNKNOWN_SIGMA


@pytest.mark.parametrize(
    "facts",
    [
        Facts(quality=10, halved=True),
        Facts(quality=10),
        Facts(quality=30),
        Facts(scale=2),
        Facts(scale=4),
        Facts(blur=1.5),
        Facts(blur=1.5, shape="disc"),
        Facts(blur=1.5, shape="motion"),
        Facts(noise=10),
        Facts(noise=10, correlated=True),
    ],
)
def test_every_fact_is_heard(facts):
    others = [Facts(), Facts(quality=20), Facts(scale=3), Facts(blur=2), Facts(noise=20)]
    assert all((facts.vector() != other.vector()).any() for other in others)
    assert facts.vector()[0] == 0
    assert abs(facts.vector()).max() <= 1.3
    assert facts.vector(at_once=False)[-1] == 0


def test_more_damage_stands_farther_from_the_picture():
    for rising in (
        [Facts(quality=q) for q in (95, 50, 20, 5)],
        [Facts(scale=s) for s in (2, 3, 4)],
        [Facts(blur=b) for b in (0.5, 1, 3)],
        [Facts(noise=n) for n in (2, 10, 50)],
    ):
        sigmas = [facts.sigma for facts in rising]
        assert sigmas == sorted(sigmas)
        assert len(set(sigmas)) == len(sigmas)


def test_noise_alone_stands_where_white_noise_does():
    assert Facts(noise=25).sigma == pytest.approx(50 / 255)
    both = Facts(noise=25, blur=2).sigma
    assert both == pytest.approx(math.hypot(50 / 255, Facts(blur=2).sigma))


def test_the_numbers_are_those_that_the_networks_were_trained_with():
    facts = Facts(
        quality=60, halved=True, scale=4, blur=1.5, shape="disc", noise=19, correlated=True
    )
    told = [0, 1, math.log(2) / 2, 1, 1, 1, 0, 1, 0, 0.5, math.log(20) / 4, 1, 1]
    assert facts.vector() == pytest.approx(told)
    assert Facts(quality=60).sigma == pytest.approx(60 * 60**-0.36 / 255)
    assert Facts(scale=3).sigma == pytest.approx(0.14)
    assert Facts(blur=2).sigma == pytest.approx(0.09)
