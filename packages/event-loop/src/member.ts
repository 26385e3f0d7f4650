/** Who has taken as much of a turn of the event loop as it may. */
export interface InLine {
  /** Where members of a line belong to different parties, these have their turns one after the other. */
  readonly party?: string | undefined
  /** It is its turn. */
  onTurn(): void
}

/** One of many that go on by themselves, until one of them has taken too much. */
export interface Member extends InLine {
  /** It takes nothing more until its turn. */
  hold(): void
}
