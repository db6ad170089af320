// A PDF of one page, 300 by 200 points, with lines of text in Helvetica.
export function smallPdf(lines) {
  const content = `BT /F1 12 Tf 20 180 Td${lines.map((line) => ` 0 -20 Td (${line}) Tj`).join('')} ET`;
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${content.length}>>stream\n${content}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>',
  ];
  let pdf = '%PDF-1.4\n';
  let table = '0000000000 65535 f \n';
  objects.forEach((object, at) => {
    table += `${String(pdf.length).padStart(10, '0')} 00000 n \n`;
    pdf += `${at + 1} 0 obj${object}endobj\n`;
  });
  pdf += `xref\n0 6\n${table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n${pdf.length}\n%%EOF\n`;
  return Buffer.from(pdf, 'latin1');
}

export const letter = { name: 'letter.pdf', mimeType: 'application/pdf', buffer: smallPdf(['Dear ada@example.org,', 'call 4111 1111 1111 1111.', 'seven herons came.']) };
