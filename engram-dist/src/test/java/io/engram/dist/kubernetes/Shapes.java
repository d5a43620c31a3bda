package io.engram.dist.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.lang.reflect.InvocationTargetException;
import java.util.Optional;
import java.util.Set;

/**
 * Whether an object is one that Kubernetes takes: it has no field that is not known, all that must be there, and values of the
 * right kind. Its own client's classes know that.
 */
final class Shapes {
    private static final String MODELS = "io.kubernetes.client.openapi.models.V1";

    /** The version in which each kind is stable, at the least since 1.28. */
    private static final Set<String> STABLE = Set.of(
            "v1 ConfigMap",
            "v1 Pod",
            "v1 Service",
            "v1 ServiceAccount",
            "apps/v1 StatefulSet",
            "networking.k8s.io/v1 Ingress",
            "networking.k8s.io/v1 NetworkPolicy",
            "policy/v1 PodDisruptionBudget",
            "rbac.authorization.k8s.io/v1 Role",
            "rbac.authorization.k8s.io/v1 RoleBinding");

    /** Not Kubernetes' own: that of the operator for Prometheus. */
    private static final String MONITOR = "monitoring.coreos.com/v1 ServiceMonitor";

    private Shapes() {}

    /** What is wrong with an object; empty if nothing. */
    static Optional<String> problem(JsonNode object) {
        var kind =
                object.path("apiVersion").asText() + " " + object.path("kind").asText();
        if (kind.equals(MONITOR)) {
            return monitorProblem(object);
        }
        if (!STABLE.contains(kind)) {
            return Optional.of(kind + " is not among the kinds that are checked");
        }
        try {
            var model = Class.forName(MODELS + object.path("kind").asText());
            var element = JsonParser.parseString(object.toString());
            model.getMethod("validateJsonElement", JsonElement.class).invoke(null, element);
            model.getMethod("fromJson", String.class).invoke(null, object.toString());
            return Optional.empty();
        } catch (InvocationTargetException e) {
            return Optional.of(kind + ": " + e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** Only what the chart writes: the operator's classes are nowhere to be had. */
    private static Optional<String> monitorProblem(JsonNode object) {
        var spec = object.path("spec");
        var endpoint = spec.at("/endpoints/0");
        var isWhole = object.at("/metadata/name").isTextual()
                && spec.at("/selector/matchLabels").isObject()
                && spec.at("/namespaceSelector/matchNames/0").isTextual()
                && spec.path("endpoints").size() == 1
                && endpoint.path("port").isTextual()
                && endpoint.path("path").isTextual()
                && endpoint.path("interval").isTextual()
                && endpoint.path("scrapeTimeout").isTextual();
        return isWhole ? Optional.empty() : Optional.of(MONITOR + " is not whole: " + object);
    }
}
