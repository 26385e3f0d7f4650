/** How much there is of something, and how it is divided among those who want it. */
export interface Division {
  /** What all owners together have at most. */
  readonly total: number
  /** What one owner has at most. */
  readonly share: number
  /** The last part of the total, kept for owners that have nothing yet: a newcomer is served at once. */
  readonly reserve: number
}

/**
 * With a share above this, one owner alone would leave no reserve to the others.
 * @throws RangeError
 */
export function checkDivision(name: string, { total, share, reserve }: Division): void {
  if (reserve < 0 || share < 1 || share > total - reserve) {
    throw new RangeError(
      `${name}: a share of ${share} does not fit in a total of ${total} less a reserve of ${reserve}`,
    )
  }
}

/** Whether an owner that has `held` may have `units` more while all owners together have `heldByAll`. */
export function fits({ total, share, reserve }: Division, units: number, held: number, heldByAll: number): boolean {
  if (held + units > share) return false
  return heldByAll + units <= (held === 0 ? total : total - reserve)
}
