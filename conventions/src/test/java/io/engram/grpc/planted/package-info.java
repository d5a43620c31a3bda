/** Classes that break a rule on purpose. */
@NullMarked
package io.engram.grpc.planted;

import org.jspecify.annotations.NullMarked;
