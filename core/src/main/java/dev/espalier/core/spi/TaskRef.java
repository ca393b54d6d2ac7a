package dev.espalier.core.spi;

/**
 * Which task is meant, after it may have ended.
 *
 * @param id its number in its loop, from 1
 * @param name its name
 */
public record TaskRef(long id, String name) {}
