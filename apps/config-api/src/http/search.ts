/** For longer ones, V8's search takes as many steps as the lengths of both texts multiplied. */
const longestQuickly = 250

/** Whether a search takes as long as parsing what it looks through, or is next to nothing. */
export function isLongSearch(part: string): boolean {
  return part.toLowerCase().length > longestQuickly
}

/** Whether a text has this one somewhere in it, in upper or lower case. It takes no longer than reading the text. */
export function holds(part: string): (text: string) => boolean {
  const wanted = part.toLowerCase()
  if (!isLongSearch(wanted)) return (text) => text.toLowerCase().includes(wanted)
  const beginning = wanted.slice(0, longestQuickly)
  const isIn = holdsLong(wanted)
  return (text) => {
    const lower = text.toLowerCase()
    return lower.length >= wanted.length && lower.includes(beginning) && isIn(lower)
  }
}

/** By Knuth, Morris and Pratt: no character is looked at again and again. */
function holdsLong(wanted: string): (text: string) => boolean {
  const borders = bordersOf(wanted)
  return (text) => {
    let fitting = 0
    for (let at = 0; at < text.length && fitting < wanted.length; at++) {
      fitting = extended(wanted, borders, fitting, text.charCodeAt(at))
    }
    return fitting === wanted.length
  }
}

/** By how many first characters of a text: how many of them it ends with, without being all of them. */
function bordersOf(wanted: string): Uint16Array {
  const borders = new Uint16Array(wanted.length + 1)
  for (let at = 1, fitting = 0; at < wanted.length; at++) {
    fitting = extended(wanted, borders, fitting, wanted.charCodeAt(at))
    borders[at + 1] = fitting
  }
  return borders
}

/** How many first characters of the wanted text fit once there is one more, where so many fitted before it. */
function extended(wanted: string, borders: Uint16Array, before: number, character: number): number {
  let fitting = before
  while (fitting > 0 && wanted.charCodeAt(fitting) !== character) fitting = borders[fitting] ?? 0
  return wanted.charCodeAt(fitting) === character ? fitting + 1 : 0
}
