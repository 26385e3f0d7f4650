import { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { CollectedBytes } from '../body/collected-bytes.ts'
import { type CallerReader, type Gathering, readerOf } from './caller-reader.ts'

/** What a stream keeps of a piece is some 200 bytes and does not count towards its high-water mark. */
const smallPiece = 4_096
/** As much is worth a piece of its own, even if nobody has read those before it. */
const worthyBytes = 16_384

const nothing = Buffer.alloc(0)

/**
 * A request whose body comes in few pieces, however its caller has divided it: those of a turn beyond the first ones,
 * and small ones that come while those before them are unread, are put together.
 */
export class GatheredRequest extends IncomingMessage implements Gathering {
  readonly #reader: CallerReader | undefined
  /** The stream has called `_read` and been told nothing since: until it is, it does not call again. */
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
    // Whoever pauses has been read ahead for. Unless the stream asks again when all has been read, this stays here.
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
    // An empty piece only says that nothing has come by this call, so that there is another one when all has been read.
    if (this.readableLength > 0 || this.#reader?.isOver) this.#tell(nothing)
    else this.#handOn()
  }

  onTurnEnd(): void {
    if (this.readableLength > 0 && (this.#gathered?.length ?? 0) < worthyBytes) return
    // As Node's parser does with a piece that is one too many.
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
