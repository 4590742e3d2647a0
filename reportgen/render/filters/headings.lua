-- Headings: no level is skipped, numbers where they are asked for, and the table of contents.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path
local target = require 'target'

local top = { html = 2, pdf = 1, docx = 1, gfm = 2 }

local function lowest(doc)
  local found = 9
  doc:walk { Header = function(header) found = math.min(found, header.level) end }
  return found
end

local function numbered(counters, level, base)
  local depth = level - base + 1
  counters[depth] = (counters[depth] or 0) + 1
  for deeper = depth + 1, 9 do counters[deeper] = nil end
  local parts = {}
  for position = 1, depth do parts[position] = tostring(counters[position] or 0) end
  return table.concat(parts, '.')
end

-- A heading may hold buttons, notes and links; in the table of contents it is words.
local function entry(item)
  local words = item.header.content:walk {
    Note = function() return {} end,
    Link = function(link) return link.content end,
    Span = function(span) return span.content end,
  }
  return pandoc.Plain { pandoc.Link(words, '#' .. item.header.identifier) }
end

local function nested(items, position, level)
  local list = {}
  while position <= #items and items[position].level >= level do
    local blocks = pandoc.Blocks { entry(items[position]) }
    position = position + 1
    if position <= #items and items[position].level > level then
      local inner
      inner, position = nested(items, position, items[position].level)
      blocks:insert(pandoc.BulletList(inner))
    end
    table.insert(list, blocks)
  end
  return list, position
end

local function toc(items)
  if #items == 0 then return nil end
  local list, position, least = {}, 1, 9
  for _, item in ipairs(items) do least = math.min(least, item.level) end
  list, position = nested(items, position, least)
  return pandoc.MetaBlocks { pandoc.BulletList(list) }
end

function Pandoc(doc)
  target.read(doc.meta)
  local base = top[target.to] or 1
  local written_base = lowest(doc)
  local shift = base - written_base
  local before, counters, items, used = base - 1, {}, {}, {}
  local toc_depth = tonumber(target.text('toc-depth', '3'))
  local number_depth = tonumber(target.text('number-depth', '6'))
  doc = doc:walk {
    traverse = 'topdown',
    Header = function(header)
      local written = header.level
      local level = math.min(written + shift, before + 1, 6)
      before = level
      header.level = level
      while header.identifier == '' or used[header.identifier] do
        header.identifier = (header.identifier == '' and 'section' or header.identifier) .. '-1'
      end
      used[header.identifier] = true
      local plain = header.classes:includes('unnumbered')
      if target.flag('number-sections') and not plain and level - base < number_depth then
        local number = numbered(counters, level, base)
        header.attributes.number = number
        header.content:insert(1, pandoc.Space())
        header.content:insert(1, pandoc.Span(number, pandoc.Attr('', { 'header-section-number' })))
      end
      if written <= toc_depth and not header.classes:includes('unlisted') then
        table.insert(items, { header = header, level = level })
      end
      return header, false
    end,
  }
  if target.flag('toc') then doc.meta['rg-toc'] = toc(items) end
  return doc
end
