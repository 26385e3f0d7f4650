/** The commands in a chunk of RESP from clients: arrays of bulk strings. A command that is cut off stays as it is. */
export function redisCommands(chunk: string): string[] {
  const commands: string[] = []
  for (let start = 0; start < chunk.length; ) {
    const end = endOfCommand(chunk, start)
    commands.push(chunk.slice(start, end))
    start = end
  }
  return commands
}

function endOfCommand(chunk: string, start: number): number {
  const { value: strings, next } = lineAt(chunk, start)
  let end = next
  for (let index = 0; index < strings; index++) {
    const { value: length, next: text } = lineAt(chunk, end)
    end = text + length + '\r\n'.length
  }
  return end > start ? end : chunk.length
}

/** `*2` or `$11`: a kind and a number; NaN at the end of the chunk. */
function lineAt(chunk: string, start: number): { readonly value: number; readonly next: number } {
  const end = chunk.indexOf('\r\n', start)
  if (end === -1) return { value: Number.NaN, next: chunk.length }
  return { value: Number(chunk.slice(start + 1, end)), next: end + 2 }
}
