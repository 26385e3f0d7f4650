/** `2628739923 c1`, as the audit names what was changed; what there is one of has no id. */
export function idAndName(subject: string): readonly [id: string | undefined, name: string] {
  const space = subject.indexOf(' ')
  return space === -1 ? [undefined, subject] : [subject.slice(0, space), subject.slice(space + 1)]
}
