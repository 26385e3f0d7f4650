import { Button } from './button.tsx'

export interface DownloadProps {
  readonly content: string | Uint8Array<ArrayBuffer>
  readonly name: string
  readonly type: string
  readonly children: string
}

/** Saves a text, or bytes, as a file. */
export function Download({ content, name, type, children }: DownloadProps) {
  return <Button onClick={() => saveAs(content, name, type)}>{children}</Button>
}

export function saveAs(content: string | Uint8Array<ArrayBuffer>, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
