package io.engram.node.planted;

import io.engram.cli.planted.Command;

/** Breaks a rule, to prove that it can be broken. */
record NodeThatKnowsTheCommands(Command command) {}
