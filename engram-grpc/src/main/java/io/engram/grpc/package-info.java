/** The gRPC door: engram.v1 on HTTP/2, with the health and reflection services that tools expect. */
@NullMarked
package io.engram.grpc;

import org.jspecify.annotations.NullMarked;
