import { type StepReport, Terminal } from '../src/terminal.ts'

/** A terminal in JSON mode that keeps what it is told. */
export function recordingTerminal() {
  const steps: StepReport[] = []
  const complaints: string[] = []
  const terminal = new Terminal({
    json: true,
    colour: false,
    out: (text) => steps.push(JSON.parse(text)),
    err: (text) => complaints.push(text),
  })
  return { terminal, steps, complaints }
}
