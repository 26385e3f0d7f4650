import { Button } from './button.tsx'

export interface DownloadProps {
  readonly text: string
  readonly name: string
  readonly type: string
  readonly children: string
}

/** Saves a text as a file. */
export function Download({ text, name, type, children }: DownloadProps) {
  return <Button onClick={() => saveAs(text, name, type)}>{children}</Button>
}

export function saveAs(text: string, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
