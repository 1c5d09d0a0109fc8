"""Data from elsewhere -> recordings: labelled videos, tables of clips, and the files of other projects.

`sources` (what there is, and what it shows) -> `videos`, `arrays`, `keypoints` or an exported table
-> `takes` (where in it the gestures are) -> `work` (one recording a source, in several processes).

What a format does not hold (frame rate, image shape, which hand) is asked for or assumed aloud: `settings`.

Example:
    >>> sources = sources_in_table(Path("clips.csv"), person="unknown")  # doctest: +SKIP
    >>> for outcome in import_sources(sources, Path("recordings"), Settings()):  # doctest: +SKIP
    ...     print(outcome.source.path, outcome.state, outcome.message)
"""

from gesture.importing.settings import Settings
from gesture.importing.sources import UNKNOWN_PERSON, Source, Stretch, sources_in, sources_in_table
from gesture.importing.work import Outcome, import_sources

__all__ = [
    "UNKNOWN_PERSON",
    "Outcome",
    "Settings",
    "Source",
    "Stretch",
    "import_sources",
    "sources_in",
    "sources_in_table",
]
