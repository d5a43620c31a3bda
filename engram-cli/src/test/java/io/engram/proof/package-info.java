/** What the attacks on the storage share: who writes, what was answered, what a disk may forget. Knows no node and no log. */
@org.jspecify.annotations.NullMarked
package io.engram.proof;
