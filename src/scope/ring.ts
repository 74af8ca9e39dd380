/** A list whose members are the places in it: it takes no memory of its own, where a `Set` makes a new table again and again. */

/** A member of a ring; at first of one without others. A ring is known by a link that stays in it. */
export class Link {
  previous: Link = this;
  next: Link = this;

  /** Whether it has others beside it. */
  get isLinked(): boolean {
    return this.next !== this;
  }

  /** Puts one that is alone to the end of this one's ring. */
  append(link: Link): void {
    const last = this.previous;
    link.previous = last;
    link.next = this;
    last.next = link;
    this.previous = link;
  }

  /** Takes it out of its ring. Leaves it no reference to the others: an old object would keep them from being collected. */
  remove(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.next = this;
    this.previous = this;
  }

  /** The others, in the order in which they were appended. */
  others(): Link[] {
    const others: Link[] = [];
    for (let link = this.next; link !== this; link = link.next) others.push(link);
    return others;
  }
}
