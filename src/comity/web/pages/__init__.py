"""One module for each subject: what a request asks for, what the node is asked to do, which template says it."""
