/** How the arguments of a decorator are read, from the text of one file or from the types of a program. */
import { eventRefOf } from './event-ref.js';
import {
  isA,
  isReadable,
  listed,
  literalText,
  propertyOf,
  type SyntaxNode,
  unwrapped,
} from './syntax.js';
import { constantText, type TypeChecker, type TypedNode } from './type-info.js';
import { elementsOf, propertiesOf, propertyValue } from './typed-syntax.js';

/** Reads expressions of one kind of tree. */
export interface Reading<Node> {
  /** The text that an expression always is. */
  text(node: Node): string | undefined;
  /** The values of an array literal, or the one value. */
  items(node: Node): readonly Node[];
  /** A property of an object literal. */
  property(options: Node | undefined, name: string): Node | undefined;
  /** Whether nothing can stand in the options but what is written there. */
  isReadable(options: Node | undefined): boolean;
  /** The name under which an event travels. */
  eventName(node: Node): string | undefined;
}

/** By the text alone: a class or a token is its name in the file. */
export const syntaxReading: Reading<SyntaxNode> = {
  text: literalText,
  items: listed,
  property: propertyOf,
  isReadable,
  eventName(wrapped) {
    const node = unwrapped(wrapped);
    return isA(node, 'Identifier') ? node.name : literalText(node);
  },
};

/** By the types. */
export function typedReading(checker: TypeChecker): Reading<TypedNode> {
  return {
    text: (node) => constantText(checker, node),
    items: (node) => elementsOf(checker, node),
    property: (options, name) => options && propertyValue(checker, options, name),
    isReadable: (options) => options === undefined || propertiesOf(checker, options) !== undefined,
    eventName: (node) => eventRefOf(checker, node)?.name,
  };
}
