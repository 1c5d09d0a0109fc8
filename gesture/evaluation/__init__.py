"""How good a model is: what a user would count (`onsets`), and what the literature does in streams: rules of counting
(`spotting`), intervals that say how far to trust a figure (`confidence`), scores of one stream and of many
(`stream_scores`, `stream_evaluation`), and their picture (`timeline`).
"""
