"""The identities of everything that the phases before the linter can say.

A number belongs to one kind of finding for ever; its letter is the default severity. 0xx reading, 1xx names and
arguments, 2xx sizes and promises, 4xx and 6xx meaning. The linter's rules carry theirs in their own files.
"""

from convdsl.diagnostics import Code, Severity

# reading
SYNTAX = Code("E001", "syntax")
MISSING_HEADER = Code("E002", "missing-header")
NEWER_EDITION = Code("E003", "newer-edition")
UNREADABLE = Code("E004", "unreadable")
TOO_LARGE = Code("E005", "too-large")
YAML_SYNTAX = Code("E006", "yaml-syntax")
YAML_STRUCTURE = Code("E007", "yaml-structure")
DUPLICATE_KEY = Code("E008", "duplicate-key")
YAML_FEATURE = Code("E009", "yaml-feature")
MISPLACED = Code("E010", "misplaced")
NO_MODEL = Code("E011", "no-model")
NOT_YET = Code("E012", "not-yet")

# names and arguments
DUPLICATE_NAME = Code("E101", "dup-name")
UNKNOWN_NAME = Code("E102", "unknown-ref")
DEAD_NODE = Code("E104", "dead-node")
UNUSED_INPUT = Code("E105", "unused-input")
UNKNOWN_LAYER = Code("E110", "unknown-layer")
UNKNOWN_PARAMETER = Code("E111", "unknown-parameter")
MISSING_ARGUMENT = Code("E112", "missing-argument")
WRONG_TYPE = Code("E113", "wrong-type")
INVALID_ARGUMENT = Code("E114", "invalid-argument")
EXTRA_ARGUMENT = Code("E115", "extra-argument")
ARITY = Code("E116", "arity")
RANK = Code("E117", "rank")
RECURSION = Code("E118", "recursion")
TOO_MANY_LAYERS = Code("E119", "too-many-layers")
NOT_CONSTANT = Code("E120", "not-constant")
ARITHMETIC = Code("E121", "arithmetic")
BRANCH_NAMES = Code("E122", "branch-names")
LOOP_NAME = Code("E123", "loop-name")
INDEX_RANGE = Code("E124", "index-range")
NO_FLOW = Code("E125", "no-flow")
NO_OUTPUT = Code("E126", "no-output")
KEY_CLASH = Code("E127", "key-clash")
KEY_INVALID = Code("E128", "key-invalid")
UNKNOWN_SYMBOL = Code("E129", "unknown-symbol")
HOLE_UNSOLVED = Code("E140", "hole-unsolved")
HOLE_AMBIGUOUS = Code("E141", "hole-ambiguous")
HOLE_SOLVED = Code("I142", "hole-solved", Severity.INFO)
UNKNOWN_SETTING = Code("E150", "unknown-setting")
INVALID_SETTING = Code("E151", "invalid-setting")

# sizes and promises
NO_LEGAL_SIZE = Code("E201", "no-legal-size")
SIZE_ILLEGAL = Code("E202", "size-illegal")
WHERE = Code("E203", "where")
JOIN_SIZE = Code("E204", "join-size")
JOIN_CHANNELS = Code("E205", "join-channels")
IMPLICIT_BROADCAST = Code("E206", "implicit-broadcast")
DENSE_SIZE = Code("E207", "dense-size")
GROUPS = Code("E209", "groups")
POOL_PADDING = Code("E210", "pool-pad")
OUTPUT_PADDING = Code("E211", "output-padding")
SAME_STRIDE = Code("E212", "same-stride")
REFLECT_PADDING = Code("E213", "reflect-pad")
ONE_VALUE = Code("E214", "norm-one-value")
SHUFFLE = Code("E215", "shuffle-div")
ZERO_SIZE = Code("E216", "zero-size")
PROMISE = Code("E230", "promise")
EXPECTATION = Code("E231", "expectation")
WHERE_STRICT = Code("I232", "where-strict", Severity.INFO)
TOO_BIG = Code("E233", "too-big")

# meaning
HEAD_RANGE = Code("E402", "head-range")
COLOR_CHANNELS = Code("E601", "color-channels")
MEANING = Code("E602", "meaning")
