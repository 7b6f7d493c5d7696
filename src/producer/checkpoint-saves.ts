/** Saves a run's checkpoint during the run. */
import type { Checkpoint } from './checkpoint.ts';
import type { Watermark } from './watermark.ts';

/** Interval between saves. After a kill, the resumed run sends again only the records since the last save. */
const SAVE_INTERVAL_MS = 1000;

/** Saves the watermark every second if it has moved, one save at a time. */
export class Saves {
  readonly #checkpoint: Checkpoint | undefined;
  readonly #watermark: Watermark;
  readonly #onError: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #saved: number | undefined;
  #saving = Promise.resolve();

  constructor(checkpoint: Checkpoint | undefined, watermark: Watermark, onError: (error: unknown) => void) {
    this.#checkpoint = checkpoint;
    this.#watermark = watermark;
    this.#onError = onError;
    this.#saved = watermark.position;
    this.#timer = setInterval(() => this.#save(), SAVE_INTERVAL_MS);
  }

  /** Resolves when the current watermark is saved. */
  async finish(): Promise<void> {
    this.#save();
    await this.#saving;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #save(): void {
    const { position, fingerprint } = this.#watermark;
    const checkpoint = this.#checkpoint;
    if (!checkpoint || position === undefined || position === this.#saved) return;
    this.#saved = position;
    this.#saving = this.#saving.then(() => checkpoint.save(position, fingerprint)).catch(this.#onError);
  }
}
