/**
 * Interfaces and records for those who extend a loop or observe it. Applications do not need this package.
 */
package dev.espalier.core.spi;
