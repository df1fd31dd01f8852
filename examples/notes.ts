/**
 * A small notes program with the database inside it: `npm run example notes add "buy tea" home`, then `… notes find tea` and `… notes tags`.
 * Run without words it shows what it can do.
 */
import { type Database, open } from 'polylog';

const SCHEMA = `
create table if not exists note (
  id int generated always as identity primary key,
  text text not null check (text <> ''),
  tags text[] not null default '{}',
  written timestamptz not null default now());
create index if not exists note_written on note (written);`;

async function add(db: Database, text: string, tags: readonly string[]): Promise<void> {
	const [note] = await db.sql`insert into note (text, tags) values (${text}, ${tags}) returning id`;
	console.log(`note ${note?.['id']}`);
}

function find(db: Database, word: string): void {
	const notes = db.sql`select id, text, tags from note where text ilike ${`%${word}%`} or ${word} = any (tags) order by written desc, id desc`;
	for (const { id, text, tags } of notes.iterate()) console.log(`${id}  ${text}  ${(tags as string[]).map((tag) => `#${tag}`).join(' ')}`);
}

function tags(db: Database): void {
	for (const { tag, count } of db.sql`select tag, count(*) from note, unnest(tags) as tag group by tag order by 2 desc, 1`.iterate())
		console.log(`${tag}: ${count}`);
}

const [command, ...words] = process.argv.slice(2);
const db = await open(command === undefined ? ':memory:' : './notes');
try {
	await db.execute(SCHEMA);
	if (command === 'add') await add(db, words[0] ?? '', words.slice(1));
	else if (command === 'find') find(db, words[0] ?? '');
	else if (command === 'tags') tags(db);
	else {
		await add(db, 'buy tea', ['home']);
		await add(db, 'call Ada', ['home', 'urgent']);
		find(db, 'home');
		tags(db);
	}
} finally {
	await db.close();
}
