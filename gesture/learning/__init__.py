"""A gesture of one's own from a few takes, on top of a model.

The virtual hand shows what the model knows (`rehearsal`). Takes become a head on its network (`enrolment`) by logistic
regression (`separation`), and what that changed is measured (`changes`). The model's folder keeps the one before
(`keeping`). Then the network itself is trained further, in a process of its own (`fine_tuning`).
"""
