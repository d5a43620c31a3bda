package io.engram.http;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Finds the route of a path. Fixed segments go before parameters; a slash at the end is part of the path. */
final class Router {
    /**
     * What a path led to.
     *
     * @param template the path's template
     * @param methods its routes
     * @param pathValue what stood in place of the parameter, decoded
     */
    record Found(String template, Map<Method, Route> methods, String pathValue) {
        /** The methods to be named in an {@code Allow} header. */
        String allow() {
            var names = new TreeSet<String>();
            methods.keySet().forEach(method -> names.add(method.name()));
            if (methods.containsKey(Method.GET)) {
                names.add("HEAD");
            }
            names.add("OPTIONS");
            return String.join(", ", names);
        }
    }

    private record Template(List<String> segments, String text, Map<Method, Route> methods) {}

    private final List<Route> routes;
    private final Map<String, Template> fixed = new LinkedHashMap<>();
    private final Map<String, Template> open = new LinkedHashMap<>();

    Router(List<Route> routes) {
        this.routes = List.copyOf(routes);
        for (var route : routes) {
            var templates = route.template().contains("{") ? open : fixed;
            var template = templates.computeIfAbsent(
                    route.template(), text -> new Template(route.segments(), text, new EnumMap<>(Method.class)));
            if (template.methods().put(route.method(), route) != null) {
                throw new IllegalArgumentException(route.method() + " " + route.template() + " is declared twice");
            }
        }
    }

    List<Route> routes() {
        return routes;
    }

    /** @throws Refusal with status 400 if the path's parameter is not well encoded */
    Optional<Found> find(String rawPath) {
        var exact = fixed.get(rawPath);
        if (exact != null) {
            return Optional.of(new Found(exact.text(), exact.methods(), ""));
        }
        if (!rawPath.startsWith("/")) {
            return Optional.empty();
        }
        var segments = rawPath.substring(1).split("/", -1);
        for (var template : open.values()) {
            var value = match(template.segments(), segments);
            if (value.isPresent()) {
                return Optional.of(
                        new Found(template.text(), template.methods(), UrlText.decode(value.get(), false, "the path")));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> match(List<String> template, String[] segments) {
        if (template.size() != segments.length) {
            return Optional.empty();
        }
        var value = "";
        for (int i = 0; i < segments.length; i++) {
            if (template.get(i).startsWith("{")) {
                value = segments[i];
                if (value.isEmpty()) {
                    return Optional.empty();
                }
            } else if (!template.get(i).equals(segments[i])) {
                return Optional.empty();
            }
        }
        return Optional.of(value);
    }
}
