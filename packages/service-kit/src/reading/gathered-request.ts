import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { CollectedBytes } from '../body/collected-bytes.ts'
import { type CallerReader, type Gathering, readerOf } from './caller-reader.ts'

/** A stream keeps about 200 bytes for each piece, which do not count towards its high-water mark. */
const smallPiece = 4_096
/** A piece of this size stays on its own, even if earlier ones are unread. */
const worthyBytes = 16_384

const nothing = Buffer.alloc(0)

/**
 * A request whose body has few pieces, however its caller divides it. Pieces of a turn beyond the first few, and small
 * ones that arrive while earlier ones are unread, are put together.
 */
export class GatheredRequest extends IncomingMessage implements Gathering {
  readonly #reader: CallerReader | undefined
  /** The stream has called `_read` and got nothing since. Until it does, it does not call again. */
  #isAsked = false
  #gathered: CollectedBytes | undefined

  constructor(socket: Socket) {
    super(socket)
    this.#reader = readerOf(socket)
  }

  /** @returns whether more may come */
  override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
    if (piece === null) {
      this.#handOn()
      return this.#tell(null)
    }
    const isOver = this.#reader?.take() ?? false
    const isBehind = this.#gathered !== undefined || (piece.length < smallPiece && this.readableLength > 0)
    if (!isOver && !isBehind) return this.#tell(piece, encoding)
    this.#gathered ??= new CollectedBytes(0)
    this.#gathered.add(piece)
    // Makes the stream ask again once everything has been read. Otherwise these pieces would stay here.
    if (this.#isAsked) this.#tell(nothing)
    if (isOver) {
      this.#reader?.gathers(this)
      return true
    }
    if (this.#gathered.length >= worthyBytes) return this.#handOn()
    return this.readableLength + this.#gathered.length < this.readableHighWaterMark
  }

  override _read(size: number): void {
    super._read(size)
    this.#isAsked = true
    if (this.#gathered === undefined) return
    // An empty piece only answers this call, so that there is another one when everything has been read.
    if (this.readableLength > 0 || this.#reader?.isOver) this.#tell(nothing)
    else this.#handOn()
  }

  onTurnEnd(): void {
    if (this.readableLength > 0 && (this.#gathered?.length ?? 0) < worthyBytes) return
    // As Node's parser does when a piece exceeds the high-water mark.
    if (!this.#handOn()) this.socket.pause()
  }

  #handOn(): boolean {
    const gathered = this.#gathered
    this.#gathered = undefined
    return gathered === undefined || this.destroyed || this.#tell(gathered.all())
  }

  #tell(piece: Buffer | null, encoding?: BufferEncoding): boolean {
    this.#isAsked = false
    return super.push(piece, encoding)
  }
}
