/** An applier that is loaded with the first change of its model: at open there may be none to replay. */
import type { Applier, CatalogVersion, EntrySink } from '../transaction/contracts.ts';

export class LazyApplier implements Applier {
	readonly model: number;
	readonly validatesWrites: boolean;
	readonly #make: () => Applier;
	#applier: Applier | null = null;

	/** `validatesWrites`: as the applier's own. */
	constructor(model: number, validatesWrites: boolean, make: () => Applier) {
		this.model = model;
		this.validatesWrites = validatesWrites;
		this.#make = make;
	}

	apply(bytes: Uint8Array, start: number, end: number, catalog: CatalogVersion, sink: EntrySink): void {
		if (this.#applier === null) this.#applier = this.#make();
		this.#applier.apply(bytes, start, end, catalog, sink);
	}
}
