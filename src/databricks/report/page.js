// Sorts a table by the column whose heading is clicked; a second click reverses the order.
for (const button of document.querySelectorAll('th button')) {
  button.addEventListener('click', () => {
    const heading = button.closest('th');
    const column = heading.cellIndex;
    const body = heading.closest('table').tBodies[0];
    const up = heading.getAttribute('aria-sort') !== 'ascending';
    const order = (row) => Number(row.cells[column].dataset.order);
    const rows = [...body.rows].sort((a, b) => (up ? order(a) - order(b) : order(b) - order(a)));
    for (const other of heading.parentElement.cells) other.setAttribute('aria-sort', 'none');
    heading.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    body.append(...rows);
  });
}

// Opens all details before printing, so that the SQL is printed too.
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details')) details.open = true;
});
