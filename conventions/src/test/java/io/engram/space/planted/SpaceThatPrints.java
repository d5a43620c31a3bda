package io.engram.space.planted;

/** Breaks a rule, to prove that it can be broken. */
final class SpaceThatPrints {
    void print() {
        System.out.println("hello");
    }
}
