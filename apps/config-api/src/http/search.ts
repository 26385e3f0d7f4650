/** Whether a text has this one somewhere in it, in upper or lower case. */
export function holds(part: string): (text: string) => boolean {
  const wanted = part.toLowerCase()
  return (text) => text.toLowerCase().includes(wanted)
}
