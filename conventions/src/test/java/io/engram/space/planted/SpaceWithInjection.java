package io.engram.space.planted;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** Breaks a rule, to prove that it can be broken. */
final class SpaceWithInjection {
    /** Stands for that of any framework. */
    @Retention(RetentionPolicy.RUNTIME)
    @interface Inject {}

    @Inject
    int port;
}
