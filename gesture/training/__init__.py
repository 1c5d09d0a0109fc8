"""What training is made of; `gesture.train` puts it together.

Recordings are split (`splits`) and become crops with targets (`dataset`), varied anew every epoch (`augmentation`,
`splicing`, `tracker_errors`; `source` puts these together). A network is fitted to them (`fitting`, by the measure of
`loss`) with checkpoints (`checkpoint`), from nothing or from another model (`transfer`); its thresholds are chosen
(`calibration`) and its origin is noted (`provenance`).
"""
