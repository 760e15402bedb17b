"""A tenant as one file, and back again; docs/operations/ says what for.

| module | what |
|---|---|
| `digests` | rows as text, and a digest of them that does not depend on their order |
| `files` | the file: a compressed tar, written and read as a stream |
| `manifests` | what a backup says of itself |
| `fates` | which rows of `public`, and which due work, go back with a tenant, and which do not |
| `taking` | a tenant into a file |
| `reading` | a file looked through, and into a scratch schema |
| `belongings` | what the platform has about a tenant, put back |
| `swapping` | the scratch schema in place of the live one |
| `restoring` | all of it in order, and again after an interruption |
| `kept` | what a tenant was before it was restored |
"""
