"""What comes from outside, made up: bytes, keys, reports, answers, labels. Each test has an oracle of its
own and is run twice: by hypothesis with every run of the suite, and by atheris, which looks at what the
code does with an input, for as long as one likes (make fuzz)."""
