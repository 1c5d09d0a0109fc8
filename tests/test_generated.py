"""Generated motion is read as recordings are, and trains a network with them or without."""

from dataclasses import replace

import numpy as np
import pytest

from gesture.errors import ModelError
from gesture.streams import Stream, streams
from gesture.training.dataset import EDGE_S, IGNORED, RATE_HZ, targets
from gesture.training.generated import Generator
from gesture.training.sightings import FASTEST_HZ, SLOWEST_HZ, Sightings, camera_ages_s, sight, targets_of
from gesture.types import SLOTS, Recording, Take
from gesture.virtual import GESTURES
from gesture.virtual.batch import make_batch
from gesture.virtual.idle import IDLE
from gesture.windows import HOLD_S

LABELS = ("background", "swipe_left", "wave")
NUM_TICKS, DELAY_S = 60, 0.28
TICKS_S = np.arange(NUM_TICKS) / RATE_HZ
TWO = Generator({label: GESTURES[label] for label in LABELS[1:]}, num_sequences=32, num_programmes=1)


def sightings(seed: int = 0, *, view="facing", amount: float = 1.0) -> Sightings:
    rng = np.random.default_rng(seed)
    labels = ["swipe_left", "wave", "stay"] * 2
    frames_s = np.maximum(
        TICKS_S - camera_ages_s(rng, len(labels), NUM_TICKS, RATE_HZ), 0
    )  # none before the first tick
    ages_s = TICKS_S - frames_s
    batch = make_batch(
        labels, seed=seed, num_ticks=NUM_TICKS, scripts={**GESTURES, **IDLE}, ages_s=ages_s, view=view
    )
    return sight(batch, ages_s, rng, np.full(len(labels), amount))


def recording_of(seen: Sightings, number: int) -> Recording:
    """The frames that the ticks of one sequence see, and one at the end that shows no hand."""
    frames_s = TICKS_S - seen.ages_s[number]
    first = np.flatnonzero(np.diff(frames_s, prepend=-1) > 0)
    landmarks = np.full((len(first) + 1, 2, 21, 3), np.nan, np.float32)
    landmarks[:-1, seen.batch.slots[number]] = seen.landmarks[number, first]
    nothing = np.full((len(landmarks), 2), np.nan, np.float32)
    return Recording(
        times_s=np.append(frames_s[first], TICKS_S[-1] + 1e-6),
        landmarks=landmarks,
        world_landmarks=np.full_like(landmarks, np.nan),
        scores=nothing,
        presence=nothing,
        takes=(),
        person="",
        image_size=seen.batch.image_size,
        view=seen.batch.view,
        engine="none",
    )


@pytest.mark.parametrize("view", ["facing", "egocentric"])
def test_an_example_is_what_a_recording_of_the_same_frames_gives(view):
    seen = sightings(seed=3, view=view)
    examples = seen.examples(LABELS, DELAY_S)
    assert len(examples) == len(seen.batch)
    for number, example in enumerate(examples):
        stays = streams(recording_of(seen, number), "one", RATE_HZ)
        stream = max(stays, key=lambda stay: len(stay.times_s))
        assert stream.hand == SLOTS[seen.batch.slots[number]]
        np.testing.assert_allclose(example.features, stream.features, rtol=1e-4, atol=1e-4)


def test_its_targets_are_those_of_a_take_from_start_to_end():
    batch = sightings().batch
    for label, span_s, found in zip(
        batch.labels, batch.spans_s, targets_of(batch, LABELS, DELAY_S), strict=True
    ):
        stream = Stream("right", TICKS_S, np.zeros((NUM_TICKS, 1), np.float32))
        takes = [Take(*span_s, label, "right")] if label in LABELS else []
        np.testing.assert_array_equal(found, targets(stream, takes, LABELS, DELAY_S))


def test_nothing_is_trained_about_a_pose_that_is_shown_without_being_meant():
    batch = make_batch(["swipe_left"], num_ticks=NUM_TICKS)
    shown = np.zeros((1, NUM_TICKS), bool)
    shown[0, 20:30] = True
    (found,) = targets_of(replace(batch, shown=shown, spans_s=np.array([[2.2, 2.3]])), LABELS, delay_s=0.2)
    ignored = np.flatnonzero(found[:45] == IGNORED)
    edge, delay = int(np.ceil(EDGE_S * RATE_HZ)), 5
    assert (ignored[0], ignored[-1]) == (20 - edge + delay, 29 + edge + delay)


def test_one_seed_draws_the_same_examples_and_another_seed_others():
    one, same, other = (TWO.draw(np.random.default_rng(seed), LABELS, DELAY_S) for seed in (1, 1, 2))
    assert len(one) == 32
    for example, again in zip(one, same, strict=True):
        np.testing.assert_array_equal(example.features, again.features)
        np.testing.assert_array_equal(example.targets, again.targets)
    assert not all(np.array_equal(a.targets, b.targets) for a, b in zip(one, other, strict=True))


def test_every_gesture_is_drawn_as_often_and_the_background_as_often_as_asked():
    generator = replace(TWO, background_share=0.5, num_sequences=64, num_views=1)
    examples = generator.draw(np.random.default_rng(0), LABELS, 0.0)
    drawn = [set(part.targets[part.targets > 0]) for part in examples]
    assert [drawn.count(set()), drawn.count({1}), drawn.count({2})] == [32, 16, 16]


def test_cameras_have_all_rates_and_a_tick_sees_the_newest_frame():
    ages_s = camera_ages_s(np.random.default_rng(0), 200, 100, RATE_HZ)
    frames_s = np.arange(100) / RATE_HZ - ages_s
    assert (ages_s >= 0).all()
    assert (np.diff(frames_s, axis=1) > -1e-9).all()
    assert ages_s.max() < 6 / SLOWEST_HZ
    num_frames = np.array([len(np.unique(row)) for row in frames_s]) / 4.0
    assert num_frames.min() < 0.6 * RATE_HZ
    assert num_frames.max() > 0.9 * RATE_HZ
    assert np.median(ages_s, axis=1).min() < 1 / FASTEST_HZ


def test_a_hand_that_is_gone_is_held_for_a_while_and_trained_no_longer():
    seen = sightings(amount=0.0)
    landmarks = seen.landmarks.copy()
    landmarks[:, 10:] = landmarks[:, :10] = make_batch(["open_palm"], num_ticks=1).landmarks[0, 0]
    landmarks[:, 20:58] = np.nan
    gone = Sightings(landmarks, np.zeros_like(seen.ages_s), seen.batch)
    for example in gone.examples(LABELS, DELAY_S):
        assert len(example.features) == 20 + round(HOLD_S * RATE_HZ)
        present = example.features[:, 75]
        assert present[:20].all()
        assert not present[20:].any()


def test_hands_that_are_never_seen_are_no_examples():
    seen = sightings()
    assert (
        Sightings(np.full_like(seen.landmarks, np.nan), seen.ages_s, seen.batch).examples(LABELS, 0.0) == []
    )


def test_generated_motion_is_of_single_hands():
    TWO.check_fits("one")
    with pytest.raises(ModelError, match="both hands"):
        TWO.check_fits("both")


def test_people_who_validate_are_not_among_those_who_teach():
    people = TWO.recordings(2, seed=1)
    assert {recording.person for recording in people} == {"virtual500", "virtual501"}
    labels = [take.label for take in people[0].takes if take.label != "ignore"]
    assert sorted(labels) == ["swipe_left", "swipe_left", "wave", "wave"]
    assert all(
        np.array_equal(a.landmarks, b.landmarks, equal_nan=True)
        for a, b in zip(people, TWO.recordings(2, 1), strict=True)
    )


def test_an_epoch_holds_recordings_and_generated_motion():
    from gesture.training.fitting import BATCH
    from gesture.training.source import VariedCrops
    from gesture.training.splits import Split

    people = TWO.recordings(1)
    recorded, mixed, generated = (
        VariedCrops(Split(train, people, ""), LABELS, "one", DELAY_S, 0, None, generator)
        for train, generator in ((people, None), (people, TWO), ([], TWO))
    )
    assert len(generated) == 32 // BATCH
    assert len(mixed) == len(recorded) + len(generated)
    smaller = VariedCrops(Split([], people, ""), LABELS, "one", DELAY_S, 0, None, TWO, batch=8)
    assert [len(part) for part in smaller[0]] == [8, 8, 8]
    assert len(smaller) == 4
    again = VariedCrops(Split([], people, ""), LABELS, "one", DELAY_S, 0, None, TWO)
    for one, other in zip(generated[0], again[0], strict=True):
        np.testing.assert_array_equal(one, other)
    state = generated.random_state
    first = generated[0][0]
    generated.on_epoch_end()
    assert not np.array_equal(first, generated[0][0])
    generated.resume(state)
    np.testing.assert_array_equal(first, generated[0][0])


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("form", ["streaming", "window"])
def test_a_model_is_trained_without_a_recording(tmp_path, form):
    from gesture.runtime import GestureModel
    from gesture.train import fit_generated

    training = fit_generated(TWO, num_people=1, epochs=1, units=8, form=form, threshold=0.7)
    assert training.model.manifest.labels == LABELS
    assert training.model.manifest.training["generated"]["scripts"] == "swipe_left, wave"
    assert "virtual500" in training.note
    training.model.save(tmp_path / "zero")
    assert GestureModel.load(tmp_path / "zero").manifest.training["train"] == {}
