# Databricks notebook source
# MAGIC %md
# MAGIC # Given records and expected rows
# MAGIC
# MAGIC The rows with which the project's tests check its rules and queries, in the form that `./checks` uses. In expected values, an
# MAGIC integer beyond 2^53 is text, because JSON readers round it.
# MAGIC
# MAGIC | name | contents |
# MAGIC | --- | --- |
# MAGIC | `rules` | by dataset: the title of a case, a record, and the expected values of its clean row, its raw `record` and its rejected row (`reasons`, `kept`) |
# MAGIC | `arrivals` | by dataset: the title of a case, the records of each day, the expected clean and rejected rows; `of` is the number of the record that a row comes from |
# MAGIC | `answers` | by answer: the title of a case, the rows of the clean tables, the expected rows of the answer |
# MAGIC
# MAGIC Rendered from `test/spark` by `npm run generate`.

# COMMAND ----------

rules = {
    "geo": [
        ["a record is an object", '{"ind": 101, "country": "Peru"}', {"ind": 101, "country": "Peru", "reasons": [], "kept": True}],
        ["a record in an array of one element is accepted", ' [ {"ind": 102, "country": "Peru"} ] ', {"ind": 102, "country": "Peru", "kept": True}],
        ["an array of two records is rejected", '[{"ind": 7, "country": "Peru"}, {"ind": 8, "country": "Peru"}]', {"ind": None, "reasons": ["an array of 2 records, expected one record"], "kept": False}],
        ["an empty array is rejected", "[]", {"reasons": ["an array of 0 records, expected one record"], "kept": False}],
        ["a record in an array in an array is rejected", '[[{"ind": 7, "country": "Peru"}]]', {"reasons": ["JSON, but not an object"], "kept": False}],
        ["text that is not JSON is rejected", "hello", {"reasons": ["not JSON"], "kept": False}],
        ["an object that is cut off is rejected", '{"ind": 7, "country": "Pe', {"reasons": ["not JSON"], "kept": False}],
        ["an object with text after it is rejected", '{"ind": 7, "country": "Peru"} x', {"reasons": ["not JSON"], "kept": False}],
        ["two objects in one line are rejected", '{"ind": 7, "country": "Peru"}{"ind": 8, "country": "Peru"}', {"reasons": ["not JSON"], "kept": False}],
        ["two objects with a comma between them are rejected", '{"ind": 7, "country": "Peru"},{"ind": 8, "country": "Peru"}', {"reasons": ["not JSON"], "kept": False}],
        ["an object with the end of an array after it is rejected", '{"ind": 7, "country": "Peru"}]', {"reasons": ["not JSON"], "kept": False}],
        ["the last line of an array that was split into lines is rejected", '{"ind": 5, "country": "A"}, {"ind": 6, "country": "B"}]', {"reasons": ["not JSON"], "kept": False}],
        ["the end of an array with text after it is rejected", '{"ind": 5, "country": "A"}, 0] garbage', {"reasons": ["not JSON"], "kept": False}],
        ["an array, a number and the end of another array are rejected", '[{"ind": 5, "country": "A"}], 5]', {"reasons": ["not JSON"], "kept": False}],
        ["three values and the end of an array are rejected", '{"ind": 5, "country": "A"}, 0, 0]', {"reasons": ["not JSON"], "kept": False}],
        ["single quotes are not JSON", "{'ind': 7, 'country': 'Peru'}", {"reasons": ["not JSON"], "kept": False}],
        ["NaN is not JSON", '{"ind": 7, "latitude": NaN}', {"reasons": ["not JSON"], "kept": False}],
        ["a raw control character is not JSON", "{\"ind\": 7, \"country\": \"Pe\u0000ru\"}", {"reasons": ["not JSON"], "kept": False}],
        ["an escaped control character is JSON", "{\"ind\": 103, \"country\": \"Pe\\u0000ru\"}", {"ind": 103, "country": "Pe\u0000ru", "kept": True}],
        ["a record of blanks only is rejected", "   ", {"reasons": ["not JSON"], "kept": False}],
        ["an empty line is not a record", "", {"record": None}],
        ["a number alone is rejected", "7", {"reasons": ["JSON, but not an object"], "kept": False}],
        ["null alone is rejected", "null", {"reasons": ["JSON, but not an object"], "kept": False}],
        ["a record without its key is rejected", '{"country": "Peru"}', {"reasons": ["ind is missing"], "kept": False}],
        ["a record whose key is null is rejected", '{"ind": null, "country": "Peru"}', {"reasons": ["ind is missing"], "kept": False}],
        ["a record whose key is empty is rejected", '{"ind": " ", "country": "Peru"}', {"reasons": ["ind is missing"], "kept": False}],
        ["a record whose key is negative is rejected", '{"ind": -1, "country": "Peru"}', {"reasons": ["ind is not a whole number from 0 to 2147483647"], "kept": False}],
        ["a record whose key has a fraction is rejected", '{"ind": 1.5, "country": "Peru"}', {"reasons": ["ind is not a whole number from 0 to 2147483647"], "kept": False}],
        ["a record whose key exceeds an INT is rejected", '{"ind": 2147483648, "country": "Peru"}', {"reasons": ["ind is not a whole number from 0 to 2147483647"], "kept": False}],
        ["the largest key is 2147483647", '{"ind": 2147483647, "country": "Peru"}', {"ind": 2147483647, "kept": True}],
        ["the smallest key is 0", '{"ind": 0, "country": "Peru"}', {"ind": 0, "kept": True}],
        ["a key can be text with blanks around it", '{"ind": " 12 ", "country": "Peru"}', {"ind": 12, "kept": True}],
        ["a key can have a point and zeros", '{"ind": 13.0, "country": "Peru"}', {"ind": 13, "kept": True}],
        ["another dataset's record is rejected, because it would replace a good row", '{"ind": 7, "first_name": "Ada", "age": 36}', {"reasons": ["another kind of record: it has no field of a geo record"], "kept": False}],
        ["a record with only a key is rejected", '{"ind": 7}', {"reasons": ["another kind of record: it has no field of a geo record"], "kept": False}],
        ["a record with a null field of the dataset is accepted", '{"ind": 104, "country": null}', {"ind": 104, "country": None, "reasons": [], "kept": True}],
        ["unknown fields are ignored", '{"ind": 105, "country": "Peru", "mood": {"happy": true}}', {"ind": 105, "country": "Peru", "reasons": [], "kept": True}],
        ["blanks, tabs, line breaks and U+00A0 at both ends are removed", "{\"ind\": 106, \"country\": \"\\t\\u00a0 Peru \\u00a0\\r\\n\"}", {"country": "Peru"}],
        ["blanks and U+00A0 inside a text are kept", "{\"ind\": 107, \"country\": \"El\\u00a0 Salvador\"}", {"country": "El  Salvador"}],
        ["empty text is NULL", "{\"ind\": 108, \"country\": \" \\u00a0\"}", {"country": None, "reasons": [], "kept": True}],
        ["an object where text is expected is kept as its text", '{"ind": 109, "country": {"name": "Peru"}}', {"country": '{"name":"Peru"}', "kept": True}],
        ["an object that is kept as its text keeps numbers as written and loses the blanks between its parts", '{"ind": 110, "country": { "rating" : 4.5, "n":1e3, "zero": -0, "list": [1.50,2, "a b"] }}', {"country": '{"rating":4.5,"n":1e3,"zero":-0,"list":[1.50,2,"a b"]}', "kept": True}],
        ["an array where text is expected is kept as its text", '{"ind": 111, "country": [1.50,2]}', {"country": "[1.50,2]", "kept": True}],
        ["text that looks like an object is kept as text", "{\"ind\": 112, \"country\": \"{\\\"n\\\": 1.50, \\\"m\\\": \\\"2.0\\\"}\"}", {"country": '{"n": 1.50, "m": "2.0"}', "kept": True}],
        ["true and false are kept as their text", '{"ind": 113, "country": true}', {"country": "true", "kept": True}],
        ["minus zero is not a valid key", '{"ind": -0, "country": "Peru"}', {"reasons": ["ind is not a whole number from 0 to 2147483647"], "kept": False}],
        ["minus zero where text is expected is kept as its text", '{"ind": 114, "country": -0}', {"country": "-0", "kept": True}],
        ["a number with leading zeros is not JSON", '{"ind": 7, "latitude": 01.5}', {"reasons": ["not JSON"], "kept": False}],
        ["a number without digits after its point is not JSON", '{"ind": 7, "latitude": 1.}', {"reasons": ["not JSON"], "kept": False}],
        ["a number without quotes as a field name is not JSON", '{"ind": 7, 12.5 : "Peru"}', {"reasons": ["not JSON"], "kept": False}],
        ["a byte order mark before the record is ignored", '﻿{"ind": 115, "country": "Peru"}', {"ind": 115, "country": "Peru", "record": '﻿{"ind": 115, "country": "Peru"}', "reasons": [], "kept": True}],
        ["a byte order mark inside a text is kept", '{"ind": 116, "country": "﻿Peru"}', {"country": "﻿Peru", "kept": True}],
        ["a number where text is expected is kept as written", '{"ind": 117, "country": 1.50E3}', {"country": "1.50E3"}],
        ["a large key can have a point and zeros", '{"ind": 12345678.0, "country": "Peru"}', {"ind": 12345678, "kept": True}],
        ["a record whose key has an exponent is rejected", '{"ind": 1e3, "country": "Peru"}', {"reasons": ["ind is not a whole number from 0 to 2147483647"], "kept": False}],
        ["numbers inside texts are kept, even after quotes and backslashes", "{\"ind\": 118, \"country\": \"a: 1.5, \\\"b\\\": 2.5 \\\\\", \"x\": 1.5}", {"country": "a: 1.5, \"b\": 2.5 \\", "kept": True}],
        ["if two fields have the same name, the last one counts", '{"ind": 119, "country": "Peru", "country": "Chad"}', {"country": "Chad", "kept": True}],
        ["single quotes inside an array are not JSON", "[{'ind': 7, 'country': 'Peru'}]", {"reasons": ["not JSON"], "kept": False}],
        ["coordinates are latitude and longitude", '{"ind":201,"latitude":-88.8298,"longitude":-170.188}', {"coordinates": [-88.8298, -170.188], "reasons": []}],
        ["numbers can be written as text", '{"ind":202,"latitude":"17.5632","longitude":"112"}', {"coordinates": [17.5632, 112]}],
        ["numbers can have an exponent", '{"ind":203,"latitude":"5e-06","longitude":"1.2E2"}', {"coordinates": [0.000005, 120]}],
        ["the bounds of latitude and longitude are valid", '{"ind":204,"latitude":90,"longitude":-180}', {"coordinates": [90, -180]}],
        ["one coordinate without the other gives NULL and is no error", '{"ind":205,"latitude":17.5,"country":"Peru"}', {"coordinates": None, "country": "Peru", "reasons": [], "kept": True}],
        ["a latitude out of range is invalid", '{"ind":206,"latitude":90.0001,"longitude":3,"country":"Peru"}', {"coordinates": None, "country": "Peru", "reasons": ["latitude is not a number of degrees from -90 to 90"], "kept": True}],
        ["a longitude out of range is invalid", '{"ind":207,"latitude":9,"longitude":180.5}', {"coordinates": None, "reasons": ["longitude is not a number of degrees from -180 to 180"], "kept": True}],
        ["a latitude that is not a number is invalid", '{"ind":208,"latitude":"NaN°","longitude":3}', {"coordinates": None, "reasons": ["latitude is not a number of degrees from -90 to 90"], "kept": True}],
        ["a time can have a blank before its hour", '{"ind":209,"timestamp":"2019-06-03 06:29:14"}', {"timestamp": "2019-06-03T06:29:14Z", "reasons": []}],
        ["a time can have a T before its hour", '{"ind":210,"timestamp":"2019-06-03T06:29:14"}', {"timestamp": "2019-06-03T06:29:14Z"}],
        ["a time can have colons in its date", '{"ind":211,"timestamp":"2019:06:03 06:29:14"}', {"timestamp": "2019-06-03T06:29:14Z"}],
        ["a mixture of the forms is invalid", '{"ind":212,"timestamp":"2019:06:03T06:29:14"}', {"timestamp": None, "reasons": ["timestamp is not a time such as 2019-06-03 06:29:14, 2019-06-03T06:29:14 or 2019:06:03 06:29:14"], "kept": True}],
        ["a time with a zone is invalid", '{"ind":213,"timestamp":"2019-06-03T06:29:14Z"}', {"timestamp": None, "kept": True}],
        ["a date without a time is invalid", '{"ind":214,"timestamp":"2019-06-03"}', {"timestamp": None, "kept": True}],
        ["a day that doesn't exist is invalid", '{"ind":215,"timestamp":"2019-02-30 06:29:14"}', {"timestamp": None, "kept": True}],
        ["an hour that doesn't exist is invalid", '{"ind":216,"timestamp":"2019-02-03 24:29:14"}', {"timestamp": None, "kept": True}],
        ["names of countries are kept with their punctuation", "{\"ind\":217,\"country\":\"Cote d'Ivoire\"}", {"country": "Cote d'Ivoire"}],
        ["the year 0 is invalid", '{"ind":218,"timestamp":"0000-02-03 04:29:14"}', {"timestamp": None, "kept": True}],
    ],
    "pin": [
        ["text in any language is kept unchanged", "{\"index\":1,\"title\":\"Ёлка 🎄 \\\"quoted\\\" \\\\ back\",\"category\":\"quotes\"}", {"ind": 1, "title": "Ёлка 🎄 \"quoted\" \\ back", "category": "quotes", "description": None, "reasons": []}],
        ["placeholders are NULL, each in its own column", '{"index":2,"title":"No Title Data Available","description":"No description available Story format","poster_name":"User Info Error","follower_count":"User Info Error","tag_list":"N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e","image_src":"Image src error."}', {"title": None, "description": None, "poster_name": None, "follower_count": None, "tag_list": None, "image_src": None, "reasons": []}],
        ["a description has several placeholders, and one of them is a valid title", '{"index":3,"description":"No description available","title":"Untitled"}', {"description": None, "title": "Untitled"}],
        ["a placeholder with blanks around it is NULL", '{"index":4,"description":"Untitled ","title":" No Title Data Available "}', {"description": None, "title": None}],
        ["a count can be text", '{"index":5,"follower_count":"124"}', {"follower_count": 124}],
        ["a count can be a number", '{"index":6,"follower_count":124}', {"follower_count": 124}],
        ["the suffix k means thousands", '{"index":7,"follower_count":"5k"}', {"follower_count": 5000}],
        ["a fraction with a suffix gives an exact count", '{"index":8,"follower_count":"2.01k"}', {"follower_count": 2010}],
        ["a fraction of a follower is cut off", '{"index":9,"follower_count":"1.2345k"}', {"follower_count": 1234}],
        ["a long fraction is never rounded up", '{"index":10,"follower_count":"0.9999999999999999999999k"}', {"follower_count": 999}],
        ["a fraction without a suffix is cut off", '{"index":11,"follower_count":"7.9"}', {"follower_count": 7}],
        ["the suffix M means millions", '{"index":12,"follower_count":"15M"}', {"follower_count": 15000000}],
        ["a suffix can be a small letter or a capital", '{"index":13,"follower_count":"1.5b"}', {"follower_count": 1500000000}],
        ["the largest count is that of a BIGINT", '{"index":14,"follower_count":"9223372036854775807"}', {"follower_count": "9223372036854775807"}],
        ["a count that exceeds a BIGINT is invalid, and its record is kept without the count", '{"index":15,"follower_count":"9999999999999999999B","title":"A"}', {"ind": 15, "title": "A", "follower_count": None, "reasons": ["follower_count is not a count such as 7, 5k, 2.01M or 1B"], "kept": True}],
        ["a negative count is invalid", '{"index":16,"follower_count":"-5"}', {"follower_count": None, "reasons": ["follower_count is not a count such as 7, 5k, 2.01M or 1B"], "kept": True}],
        ["a count with a blank before its suffix is invalid", '{"index":17,"follower_count":"5 k"}', {"follower_count": None, "kept": True}],
        ["a count with a comma is invalid", '{"index":18,"follower_count":"1,500"}', {"follower_count": None, "kept": True}],
        ["a count with a point but no digits after it is invalid", '{"index":19,"follower_count":"5.k"}', {"follower_count": None, "kept": True}],
        ["a count with an exponent is invalid", '{"index":20,"follower_count":"1e3"}', {"follower_count": None, "kept": True}],
        ["the producer's words before a path are removed", '{"index":21,"save_location":"Local save in /data/christmas"}', {"save_location": "/data/christmas"}],
        ["a path without the producer's words is kept", '{"index":22,"save_location":"/data/travel/2019"}', {"save_location": "/data/travel/2019"}],
        ["a save location that is not a path in /data is invalid", '{"index":23,"save_location":"/tmp/art"}', {"save_location": None, "reasons": ['save_location is not a path such as /data/art, with or without "Local save in" before it'], "kept": True}],
        ["the reasons name every invalid value", '{"index":24,"save_location":"nowhere","follower_count":"many"}', {"reasons": ["follower_count is not a count such as 7, 5k, 2.01M or 1B", 'save_location is not a path such as /data/art, with or without "Local save in" before it'], "kept": True}],
        ["downloaded is a known field without a column", '{"index":25,"downloaded":0}', {"ind": 25, "reasons": [], "kept": True}],
    ],
    "user": [
        ["a name is the first and the last name", '{"ind":1,"first_name":"Ada","last_name":"Lovelace","age":36,"date_joined":"2015-10-21 21:26:45"}', {"user_name": "Ada Lovelace", "age": 36, "date_joined": "2015-10-21T21:26:45Z", "reasons": []}],
        ["both names are trimmed", '{"ind":2,"first_name":" Ada ","last_name":" Lovelace "}', {"user_name": "Ada Lovelace"}],
        ["a first name alone is the name", '{"ind":3,"first_name":"Ada","last_name":""}', {"user_name": "Ada", "reasons": []}],
        ["a last name alone is the name", '{"ind":4,"last_name":"Lovelace"}', {"user_name": "Lovelace"}],
        ["without a first and a last name, the name is NULL", '{"ind":5,"first_name":" ","age":3}', {"user_name": None, "age": 3}],
        ["an age can be text", '{"ind":6,"age":"36.0"}', {"age": 36}],
        ["the greatest age is 120", '{"ind":7,"age":120}', {"age": 120, "reasons": []}],
        ["the age 121 is invalid", '{"ind":8,"age":121,"first_name":"Ada"}', {"user_name": "Ada", "age": None, "reasons": ["age is not a whole number from 0 to 120"], "kept": True}],
        ["a negative age is invalid", '{"ind":9,"age":-1}', {"age": None, "reasons": ["age is not a whole number from 0 to 120"], "kept": True}],
        ["true is not an age", '{"ind":10,"age":true}', {"age": None, "reasons": ["age is not a whole number from 0 to 120"], "kept": True}],
    ],
}

# COMMAND ----------

arrivals = {
    "geo": [
        ["a later version replaces the whole row, and its missing fields become NULL", [['{"ind": 501, "country": "Peru", "timestamp": "2019-06-03 06:29:14"}'], ['{"ind": 501, "country": "Chad"}']], [{"of": 2, "ind": 501, "country": "Chad", "timestamp": None}], []],
        ["of two versions in one file the later line counts", [['{"ind": 502, "country": "Peru"}', '{"ind": 502, "country": "Chad"}'], []], [{"of": 2, "ind": 502, "country": "Chad"}], []],
        ["an equal version counts as a later one", [['{"ind": 503, "country": "Peru"}'], ['{"ind": 503, "country": "Peru"}']], [{"of": 2, "ind": 503, "country": "Peru"}], []],
        ["an old version that is sent again counts as the latest", [['{"ind": 504, "country": "Peru"}', '{"ind": 504, "country": "Chad"}'], ['{"ind": 504, "country": "Peru"}']], [{"of": 3, "ind": 504, "country": "Peru"}], []],
        ["a later version with an invalid value replaces the row and is listed as rejected", [['{"ind": 505, "country": "Peru", "timestamp": "2019-06-03 06:29:14"}'], ['{"ind": 505, "country": "Chad", "timestamp": "yesterday"}']], [{"of": 2, "ind": 505, "country": "Chad", "timestamp": None}], [{"of": 2, "kept": True}]],
        ["a record stays listed when a later version corrects it", [['{"ind": 506, "country": "Peru", "latitude": 91}'], ['{"ind": 506, "country": "Peru", "latitude": 1, "longitude": 2}']], [{"of": 2, "ind": 506, "coordinates": [1, 2]}], [{"of": 1, "kept": True, "reasons": ["latitude is not a number of degrees from -90 to 90"]}]],
        ["a record that cannot become a row leaves the existing row unchanged", [['{"ind": 507, "country": "Peru"}'], ['{"ind": 507, "first_name": "Ada"}', '{"ind": 507, "country": "Chad"']], [{"of": 1, "ind": 507, "country": "Peru"}], [{"of": 2, "kept": False}, {"of": 3, "kept": False}]],
        ["a bad record that arrives several times is one row, at its first position", [["508 is bad", "508 is bad"], ["508 is bad"]], [], [{"of": 1, "kept": False, "reasons": ["not JSON"]}]],
    ],
    "pin": [
    ],
    "user": [
    ],
}

# COMMAND ----------

answers = {
    "top_category_by_country": [
        ["counts each post once", {"clean_pin": [{"ind": 1, "category": "art"}, {"ind": 2, "category": "art"}, {"ind": 3, "category": "diy"}], "clean_geo": [{"ind": 1, "country": "Peru"}, {"ind": 2, "country": "Peru"}, {"ind": 3, "country": "Peru"}]}, [{"country": "Peru", "category": "art", "category_count": 2}]],
        ["lists every winner of a tie", {"clean_pin": [{"ind": 1, "category": "art"}, {"ind": 2, "category": "diy"}], "clean_geo": [{"ind": 1, "country": "Peru"}, {"ind": 2, "country": "Peru"}]}, [{"country": "Peru", "category": "art", "category_count": 1}, {"country": "Peru", "category": "diy", "category_count": 1}]],
        ["omits posts without a geo row, and NULL is neither a group nor a winner", {"clean_pin": [{"ind": 1, "category": "art"}, {"ind": 2, "category": None}, {"ind": 3, "category": None}, {"ind": 4, "category": "diy"}, {"ind": 5, "category": "diy"}], "clean_geo": [{"ind": 1, "country": "Peru"}, {"ind": 2, "country": "Peru"}, {"ind": 3, "country": "Peru"}, {"ind": 4, "country": None}]}, [{"country": "Peru", "category": "art", "category_count": 1}]],
    ],
    "top_category_by_year": [
        ["the year is that of UTC", {"clean_pin": [{"ind": 1, "category": "art"}, {"ind": 2, "category": "diy"}, {"ind": 3, "category": "diy"}, {"ind": 4, "category": "quotes"}], "clean_geo": [{"ind": 1, "timestamp": "2018-12-31 23:59:59"}, {"ind": 2, "timestamp": "2019-01-01 00:00:00"}, {"ind": 3, "timestamp": "2019-12-31 23:59:59"}, {"ind": 4, "timestamp": None}]}, [{"post_year": 2018, "category": "art", "category_count": 1}, {"post_year": 2019, "category": "diy", "category_count": 2}]],
    ],
    "top_poster_by_country": [
        ["a poster counts once per country, with the highest number of followers there", {"clean_pin": [{"ind": 1, "poster_name": "Ada", "follower_count": 10}, {"ind": 2, "poster_name": "Ada", "follower_count": 900}, {"ind": 3, "poster_name": "Bob", "follower_count": 800}, {"ind": 4, "poster_name": "Ada", "follower_count": 900}, {"ind": 5, "poster_name": "Ada", "follower_count": 5000}], "clean_geo": [{"ind": 1, "country": "Peru"}, {"ind": 2, "country": "Peru"}, {"ind": 3, "country": "Peru"}, {"ind": 4, "country": "Peru"}, {"ind": 5, "country": "Chad"}]}, [{"country": "Peru", "poster_name": "Ada", "follower_count": 900}, {"country": "Chad", "poster_name": "Ada", "follower_count": 5000}]],
        ["lists all winners of a tie, and omits posters without a count or a name", {"clean_pin": [{"ind": 1, "poster_name": "Ada", "follower_count": 7}, {"ind": 2, "poster_name": "Bob", "follower_count": 7}, {"ind": 3, "poster_name": None, "follower_count": 9}, {"ind": 4, "poster_name": "Cid", "follower_count": None}], "clean_geo": [{"ind": 1, "country": "Peru"}, {"ind": 2, "country": "Peru"}, {"ind": 3, "country": "Peru"}, {"ind": 4, "country": "Chad"}]}, [{"country": "Peru", "poster_name": "Ada", "follower_count": 7}, {"country": "Peru", "poster_name": "Bob", "follower_count": 7}]],
        ["distinguishes counts that a double would round", {"clean_pin": [{"ind": 1, "poster_name": "Ada", "follower_count": 9007199254740992}, {"ind": 2, "poster_name": "Bob", "follower_count": 9007199254740993}], "clean_geo": [{"ind": 1, "country": "Peru"}, {"ind": 2, "country": "Peru"}]}, [{"country": "Peru", "poster_name": "Bob", "follower_count": "9007199254740993"}]],
    ],
    "top_category_by_age_group": [
        ["the first and last ages of each group", {"clean_pin": [{"ind": 1, "category": "art"}, {"ind": 2, "category": "beauty"}, {"ind": 3, "category": "beauty"}, {"ind": 4, "category": "diy"}, {"ind": 5, "category": "diy"}, {"ind": 6, "category": "quotes"}, {"ind": 7, "category": "quotes"}, {"ind": 8, "category": "travel"}, {"ind": 9, "category": "art"}], "clean_user": [{"ind": 1, "age": 17}, {"ind": 2, "age": 18}, {"ind": 3, "age": 24}, {"ind": 4, "age": 25}, {"ind": 5, "age": 35}, {"ind": 6, "age": 36}, {"ind": 7, "age": 50}, {"ind": 8, "age": 51}, {"ind": 9, "age": None}]}, [{"age_group": "under 18", "category": "art", "category_count": 1}, {"age_group": "18-24", "category": "beauty", "category_count": 2}, {"age_group": "25-35", "category": "diy", "category_count": 2}, {"age_group": "36-50", "category": "quotes", "category_count": 2}, {"age_group": "+50", "category": "travel", "category_count": 1}]],
    ],
    "median_followers_by_age_group": [
        ["the median is the mean of the two middle values or the middle value, and each post counts once", {"clean_pin": [{"ind": 1, "follower_count": 10}, {"ind": 2, "follower_count": 21}, {"ind": 3, "follower_count": 500}, {"ind": 4, "follower_count": 500}, {"ind": 5, "follower_count": 1}, {"ind": 6, "follower_count": None}], "clean_user": [{"ind": 1, "age": 20}, {"ind": 2, "age": 20}, {"ind": 3, "age": 30}, {"ind": 4, "age": 30}, {"ind": 5, "age": 30}, {"ind": 6, "age": 60}]}, [{"age_group": "18-24", "median_follower_count": 15.5}, {"age_group": "25-35", "median_follower_count": 500}]],
    ],
    "users_joined_by_year": [
        ["counts people, not posts, and a missing name or age counts as a value", {"clean_user": [{"ind": 1, "user_name": "Ada", "age": 20, "date_joined": "2015-12-31 23:59:59"}, {"ind": 2, "user_name": "Ada", "age": 20, "date_joined": "2015-12-31 23:59:59"}, {"ind": 3, "user_name": "Ada", "age": None, "date_joined": "2015-12-31 23:59:59"}, {"ind": 4, "user_name": "Ada", "age": None, "date_joined": "2015-12-31 23:59:59"}, {"ind": 5, "user_name": None, "age": None, "date_joined": "2016-01-01 00:00:00"}, {"ind": 6, "user_name": "Bob", "age": 30, "date_joined": None}]}, [{"join_year": 2015, "users_joined": 2}, {"join_year": 2016, "users_joined": 1}]],
    ],
    "median_followers_by_join_year": [
        ["medians by year of joining, over posts with a follower count", {"clean_pin": [{"ind": 1, "follower_count": 10}, {"ind": 2, "follower_count": 13}, {"ind": 3, "follower_count": 7}, {"ind": 4, "follower_count": 8}], "clean_user": [{"ind": 1, "date_joined": "2016-05-01 00:00:00"}, {"ind": 2, "date_joined": "2016-06-01 00:00:00"}, {"ind": 3, "date_joined": "2017-06-01 00:00:00"}, {"ind": 4, "date_joined": None}]}, [{"join_year": 2016, "median_follower_count": 11.5}, {"join_year": 2017, "median_follower_count": 7}]],
    ],
    "median_followers_by_join_year_and_age_group": [
        ["medians by year of joining and age group", {"clean_pin": [{"ind": 1, "follower_count": 10}, {"ind": 2, "follower_count": 13}, {"ind": 3, "follower_count": 7}, {"ind": 4, "follower_count": 8}], "clean_user": [{"ind": 1, "age": 20, "date_joined": "2016-05-01 00:00:00"}, {"ind": 2, "age": 60, "date_joined": "2016-06-01 00:00:00"}, {"ind": 3, "age": 60, "date_joined": "2016-06-01 00:00:00"}, {"ind": 4, "age": None, "date_joined": "2016-06-01 00:00:00"}]}, [{"join_year": 2016, "age_group": "18-24", "median_follower_count": 10}, {"join_year": 2016, "age_group": "+50", "median_follower_count": 10}]],
    ],
}
