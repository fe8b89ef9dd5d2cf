/** What a program that links Tern uses: describe an operation, pack its weights, compile a plan, run it. */
package dev.tern;
