"""Makes a teacher and a student from text: corpus, lexicon, vocabulary, shards, teacher, student, report.

Each word is a module, a command (`python -m training WORD`) and a step; they run in this order. Needs torch; the
runtime package `autocomplete` is imported, never the other way round. `export` turns the student into a bundle.
"""
